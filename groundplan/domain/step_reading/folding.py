"""Lower case that keeps every character's place, so that what is found in it can be cut out of the text itself."""

from __future__ import annotations


def folded(text: str) -> str:
    """The text in lower case, of the same length: the few letters that would become two ("İ") are kept."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(small if len(small := char.lower()) == 1 else char for char in text)
