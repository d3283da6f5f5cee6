"""Lists that are no steps but what a step works on: options to choose from, text to translate."""

from __future__ import annotations

import re

_CHOICE = re.compile(
    r"\b(?:(?:one|any|some|which|each) of (?:the )?(?:following|these|them)|following (?:options|choices|answers|"
    r"phrases|words|sentences|questions|examples|facts|statements|names|keywords|rules)|options are|choices are|"
    r"multiple choice|either|for example|e\.g|such as|examples?|respond with|answer with)\b[^.!?]{0,60}[:：]?\s*$",
    re.IGNORECASE,
)
_WORK_ON = re.compile(
    r"\b(?:sort|rank|translate|summari[sz]e|rewrite|rephrase|paraphrase|proofread|classify|categori[sz]e|edit|correct|"
    r"shuffle|alphabeti[sz]e|analy[sz]e|review|explain|describe|compare|count|format|convert|solve|answer|complete|"
    r"fill in|read|übersetze|fasse|sortiere|traduis|traduire|résume|traduce|resume|traduza|traduci|vertaal)"
    r"\b[^.!?]{0,80}\b(?:following|these|this|below|folgende[nrs]?|suivante?s?|siguientes?|seguintes?|seguenti|volgende)\b"
    r"[^.!?]{0,60}[:：]?\s*$",
    re.IGNORECASE,
)
_OPEN_QUOTE = re.compile(r"""(?:^|[\s(:])['"“‘«„「『]\s*$""")


def is_material(introduction: str) -> bool:
    """Whether the words before a list make it the object of a request rather than its steps."""
    end = introduction[-300:]
    return bool(_CHOICE.search(end) or _WORK_ON.search(end) or _OPEN_QUOTE.search(end))
