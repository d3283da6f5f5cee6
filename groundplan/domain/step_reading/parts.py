"""Parts that do not wait for each other: what "with:", "including:" or "in parallel:" introduces."""

from __future__ import annotations

import re

from groundplan.domain.step_reading.items import Item

_WITH = (
    "with|including|includes?|containing|contains?|comprising|comprises|consisting of|composed of|made up of|covering|"
    "featuring|mit|einschließlich|inklusive|bestehend aus|avec|comprenant|incluant|y compris|con|incluyendo|"
    "que incluya|com|incluindo|compres[oi]|inclus[oi]|met|inclusief|bestaande uit"
)
_PARTS = (
    "parts|components|features|sections|modules|pages|pieces|elements|areas|items|tasks|subtasks|activities|"
    "workstreams|deliverables|teile|komponenten|parties|composants|partes|componentes|parti|componenti|onderdelen"
)
_AT_ONCE = (
    "in parallel|in any order|independently|simultaneously|concurrently|at the same time|order does not matter|"
    "parallel|gleichzeitig|in beliebiger reihenfolge|en parallèle|en paralelo|em paralelo|in parallelo|tegelijk"
)
_INTRODUCTION = re.compile(
    rf"(?:[,(]? ?\b(?:{_WITH})|"
    rf"\b(?:(?:{_WITH}|of|has|have|needs|requires) )?(?:the following|these)(?: \w+)? (?:{_PARTS})"
    rf"|[,(]? ?\b(?:(?:all )?(?:these |the following )?(?:things |ones )?)?(?:{_AT_ONCE})\)?|包括|包含)\s?[:：]",
    re.IGNORECASE,
)
_STOP = re.compile(r"""[.!?](?=\s|$)|[()\[\]{}"“”«»]|[,;，；、]""")
_LEADING_AND = re.compile(r"^(?:and|und|et|y|e|en|plus|sowie)\s+", re.IGNORECASE)
_LAST_AND = re.compile(r"\s(?:and|und|et|y|e|en)\s", re.IGNORECASE)
_MOST_WORDS = 4
"""In either half around the "and" that ends "a, b and c"; longer ones are one part with an "and" of its own."""
_DEPTH = {"(": 1, "[": 1, "{": 1, "«": 1, "“": 1, ")": -1, "]": -1, "}": -1, "»": -1, "”": -1}


def introduces_parts(heading: str) -> bool:
    """Whether the heading's last words say that what follows are parts side by side."""
    return any(found.end() == len(heading.rstrip()) for found in _INTRODUCTION.finditer(heading))


def without_introduction(heading: str) -> str:
    """The heading without a closing colon and the words that announce parts."""
    if introduces_parts(heading):
        last = list(_INTRODUCTION.finditer(heading))[-1]
        return heading[: last.start()].strip() or heading[: last.end()].rstrip(":： ")
    return heading.rstrip(":： ")


def mark_parts(item: Item) -> None:
    """Find the parts in the item and everything below it, whether they are listed below a text or within it."""
    if not item.children:
        part_out(item)
        return
    item.independent = item.independent or introduces_parts(item.text)
    item.text = without_introduction(item.text)
    for child in item.children:
        mark_parts(child)


def part_out(item: Item) -> None:
    """Give the item the parts that its own text lists after "with:" or the like as children, if it lists any."""
    found = _INTRODUCTION.search(item.text) if ":" in item.text or "：" in item.text else None
    if found is None:
        return
    pieces, rest = _split(item.text[found.end() :])
    if len(pieces) < 2:
        return
    heading = item.text[: found.start()].strip()
    item.text = f"{heading} {rest}".strip() if rest else heading
    item.children = [Item(piece) for piece in pieces]
    item.independent = True


def _split(text: str) -> tuple[list[str], str]:
    """The pieces up to the end of the sentence, and what follows it. Commas in brackets or quotes split nothing."""
    cuts: list[tuple[int, str]] = []
    depth, quoted, end = 0, False, len(text)
    for found in _STOP.finditer(text):
        sign = found[0]
        if sign == '"':
            quoted = not quoted
        elif sign in _DEPTH:
            depth = max(0, depth + _DEPTH[sign])
        elif not depth and not quoted:
            if sign in ".!?":
                end = found.start()
                break
            cuts.append((found.start(), sign))
    separators = ";；" if any(sign in ";；" for _, sign in cuts) else ",，、"
    pieces, start = [], 0
    for at, sign in cuts:
        if sign in separators:
            pieces.append(text[start:at])
            start = at + 1
    pieces += [text[start:end]] if ";" in separators else _at_last_and(text[start:end].strip())
    clean = [_LEADING_AND.sub("", piece.strip()).strip() for piece in pieces]
    return [piece for piece in clean if piece], text[end + 1 :].strip()


def _at_last_and(piece: str) -> list[str]:
    """ "search and billing" are two parts, "cook a meal for all of them and their friends" is one."""
    halves = [] if _LEADING_AND.match(piece) else _LAST_AND.split(piece, maxsplit=1)
    return halves if len(halves) == 2 and all(half.count(" ") < _MOST_WORDS for half in halves) else [piece]
