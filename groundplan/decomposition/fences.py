"""The fence around foreign text in a prompt: a word that whoever wrote the text could not know, so could not write."""

from __future__ import annotations

import hashlib


def fence_of(run_id: str) -> str:
    """The fence of a run's prompts. The same each time, as a resumed run finds its kept answers by its prompts."""
    return hashlib.sha256(f"groundplan fence {run_id}".encode()).hexdigest()[:12]
