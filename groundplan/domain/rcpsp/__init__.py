"""Shortest schedules for jobs that wait for each other and share resources (RCPSP); integers in, integers out."""
