"""Steps told in words: "first … then … finally …", in several languages, and "A, then B, and then C"."""

from __future__ import annotations

import re

_LANGUAGES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("first", "firstly", "first of all", "to begin with", "start by"),
     ("then", "next", "after that", "afterwards", "second", "secondly", "third", "thirdly", "finally", "lastly")),
    (("zuerst", "als erstes", "zunächst", "erstens"),
     ("dann", "danach", "anschließend", "als nächstes", "zweitens", "drittens", "schließlich", "zuletzt")),
    (("d'abord", "premièrement", "tout d'abord"),
     ("ensuite", "puis", "après cela", "deuxièmement", "enfin", "finalement")),
    (("primero", "en primer lugar"), ("luego", "después", "a continuación", "segundo", "por último", "finalmente")),
    (("primeiro", "em primeiro lugar"), ("depois", "em seguida", "a seguir", "por fim", "finalmente")),
    (("prima", "per prima cosa", "innanzitutto"), ("poi", "quindi", "dopo", "infine")),
    (("eerst", "ten eerste", "allereerst"), ("dan", "daarna", "vervolgens", "ten tweede", "tenslotte", "ten slotte")),
)  # fmt: skip
"""Per language: what begins, and what goes on. Both are needed, so that "first name" or "then" alone is no list."""

_NOT_STEPS = r"(?!\s+(?:name|names|class|floor|aid|time|place|half|quarter|day|week|month|year|one|thing|person)\b)"


def _compiled(begin: tuple[str, ...], go_on: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    starts = "|".join(map(re.escape, begin))
    follows = "|".join(map(re.escape, go_on))
    return (
        re.compile(rf"(?:^|[.:;\n] ?|, ?)(?:{starts})\b{_NOT_STEPS}[,:]? ", re.IGNORECASE),
        re.compile(
            rf"(?:[.;\n] ?|, ?)(?:and |und |et |y |e |en )?(?:{follows})\b{_NOT_STEPS}[,:]? ",
            re.IGNORECASE,
        ),
    )


_PATTERNS = tuple(_compiled(begin, go_on) for begin, go_on in _LANGUAGES)
_CHAIN = re.compile(r"[,;] ?(?:and )?then | and then ", re.IGNORECASE)
_CONDITION = re.compile(r"^\W*(?:if|when|whenever|unless|since|wenn|falls|si|se|als)\b", re.IGNORECASE)


def split_worded(text: str) -> tuple[str, list[str]] | None:
    """What stands before the steps, and the steps; None if the text does not tell steps in words.

    Runs of white space are single blanks before any pattern looks, which keeps all of them linear.
    """
    text = "\n".join(" ".join(line.split()) for line in text.splitlines() if line.strip())
    for begin, go_on in _PATTERNS:
        start = begin.search(text)
        if start is None:
            continue
        bodies = _bodies(go_on.split(text[start.end() :]))
        if len(bodies) >= 2:
            return text[: start.start()].strip(" .:;,"), bodies
    return _chained(text)


def _chained(text: str) -> tuple[str, list[str]] | None:
    if _CONDITION.match(text) or "\n" in text.strip():
        return None
    bodies = _bodies(_CHAIN.split(text))
    return ("", bodies) if len(bodies) >= 3 else None


def _bodies(parts: list[str]) -> list[str]:
    return [body for part in parts if (body := part.strip(" \t\n.,;:"))]
