"""Secrets: references in plans, values only at the call."""
