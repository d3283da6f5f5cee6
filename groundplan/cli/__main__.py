"""`python -m groundplan.cli`."""

import sys

from groundplan.cli.entry_point import main

sys.exit(main())
