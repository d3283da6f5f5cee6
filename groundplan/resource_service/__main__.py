"""`python -m groundplan.resource_service`."""

from groundplan.resource_service.serving import main

if __name__ == "__main__":
    main()
