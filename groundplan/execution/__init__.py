"""Running a plan's tasks: scheduler, ledger, executors, context injection, assignment."""
