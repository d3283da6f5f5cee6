"""What the text of a step says about its order: "after 2", "using the result of step 1", "meanwhile"."""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass

from groundplan.domain.step_reading.sequence_words import MEANWHILE

_NOUN = (
    r"(?:steps?|tasks?|items?|points?|parts?|phases?|stages?|numbers?|nos?\.?|nr\.?|schritte?n?s?|aufgaben?|étapes?|"
    r"tâches?|pasos?|tareas?|etapas?|passos?|tarefas?|passo|passi|punto|stap(?:pen)?|taak|taken)"
)
_ARTICLE = (
    r"(?:(?:both|all|all of|each of|the|den|dem|die|des|der|de|het|la|le|les|el|los|las|lo|il|o|os|a|as) |l'|dell')?"
)
_LABEL = r"(?:\d{1,4}(?:\.\d{1,4}){0,5}(?:\.?[a-z](?![a-z]))?|[a-z](?![\w'’]))"
_SEPARATOR = (
    r"(?:, ?(?:and |or |und |y |e |et |en )?| (?:and|or|und|oder|et|ou|y|e|en|of|to|through|bis|à|a|tot) |"
    r" ?[-–—/] ?)"
)
_LIST = rf"(?>#?{_LABEL}(?:{_SEPARATOR}(?:{_NOUN} )?#?{_LABEL})*+)"
# What may follow a bare number that is a label: "after 2 is done" and "after 2)", but not "after 2 hours".
_ENDS = (
    r"(?= ?(?:$|[;:!?)\],]|\.(?!\d)|['’]s?\b|[-–—] |(?:and|or|is|are|has|have|was|were|be|been|runs?|finish|complet|"
    r"done|ends?|succeed|to |before|we |you |then|so |ist|sind|fertig|est|sont|está|están|è|sono|und|et|y|e|en|klaar)))"
)
_RESULT = (
    r"(?:results?|outputs?|findings?|answers?|outcomes?|artifacts?|data|summary|files?|reports?|list|text|"
    r"ergebnis(?:se|sen)?|ausgabe|daten|résultats?|sorties?|données|resultados?|salidas?|datos|saídas?|dados|"
    r"risultat[oi]|dati|resulta(?:at|ten)|uitvoer)"
)
_AFTER = (
    r"(?:after|following|once|when|as soon as|upon|(?:depends?|depending|building|builds) on|not before|"
    r"wait(?:s|ing)? (?:for|on|until)|nach|sobald|nachdem|après|une fois|dès que|después de(?:l)?|tras|una vez|"
    r"depois d[eoa]s?|após|dopo|una volta|na|zodra)"
)
_NEEDS = r"(?:requires?|needs?|if|unless|erfordert|braucht|requiert|requiere|requer|richiede|vereist)"
_OF = r"(?:of|from|in|by|von|aus|de|del|d[oae]s?|du|di|della?|van|uit)"
_FROM = (
    r"(?:in|by|from|using|use|uses|with|via|based on|given|taking|feed|per|aus|mit|anhand von|avec|con|com|met|uit|"
    r"usando)"
)
_SAME_TIME = r"(?:in parallel|parallel|concurrently|simultaneously|at the same time)"
_BESIDE_WORDS = (
    rf"(?:while|during|alongside|(?:{_SAME_TIME}|together) (?:with|to|as)|independent(?:ly)? (?:of|from)|während|"
    r"parallel zu|pendant|en parallèle de|mientras|durante|enquanto|mentre|terwijl)"
)
_REFERENCES = re.compile(
    "|".join(
        (
            rf"\b{_RESULT} {_OF} {_ARTICLE}(?:{_NOUN} (?P<output>{_LIST})(?!\w)|(?P<result>{_LIST}){_ENDS})",
            rf"\b{_FROM} {_ARTICLE}{_NOUN} (?P<source>{_LIST})(?!\w)",
            rf"\b{_FROM} (?P<owner>{_LIST})['’]s (?:\w+ )?{_RESULT}",
            rf"\b{_NOUN} (?P<named>{_LIST})(?:['’]s?)? {_RESULT}\b",
            rf"\b{_AFTER} {_ARTICLE}(?:{_NOUN} (?P<after>{_LIST})(?!\w)|(?P<bare>{_LIST}){_ENDS})",
            rf"\b{_NEEDS} {_ARTICLE}{_NOUN} (?P<needs>{_LIST})(?!\w)",
            rf"\b{_BESIDE_WORDS} {_ARTICLE}(?:{_NOUN} (?P<along>{_LIST})(?!\w)|(?P<beside>{_LIST}){_ENDS})",
        )
    )
)
_OF_DATA = frozenset(("output", "result", "source", "owner", "named"))
_BESIDE = frozenset(("along", "beside"))

_BESIDE_PREVIOUS = re.compile(
    rf"^\(?(?:{MEANWHILE})\b(?! (?:with|to|as)\b)|\((?:{MEANWHILE})\)|, (?:{MEANWHILE})[.!]?$|"
    rf"\b{_SAME_TIME} (?:with|to|as) (?:this|that|it|the (?:previous|above))\b|"
    r"(?:^|[(,] ?)while (?:this|that|it|the (?:previous|last) (?:step|one))\b"
)
_INDEPENDENT = re.compile(
    r"^\(?independently\b(?! (?:of|from) \S*\d)|\(independent(?:ly)?\)|, independently[.!]?$|"
    r"\bindependent(?:ly)? (?:of|from) (?:the )?(?:others?|rest|everything|all|these|any)\b|"
    r"(?:^|[(,] ?)(?:at any time|in any order|unabhängig davon|unabhängig|indépendamment|independientemente|"
    r"independentemente|indipendentemente|onafhankelijk)\b"
)
_AFTER_ALL = re.compile(
    r"\b(?:after|once|when|as soon as|depends on|wait(?:s|ing)? (?:for|until)) (?:all|everything|both|each|every one)\b"
    r"(?! (?:\w+ )?\d)(?: (?:of (?:these|this|those|that|them|the above)|(?:the )?(?:above|previous|preceding|other|"
    r"earlier)|(?:the )?(?:\w+ )?steps|else|is|are|has|have)\b|[,.)]|$)|\b(?:sobald|wenn|nachdem) alles?\b|"
    r"\b(?:une fois|quand) tout\b|\bcuando todo\b|\bquando tutto\b|\bquando tudo\b|\bals alles\b"
)
_ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
}
_ORDINAL_WORDS = frozenset(_ORDINALS)
_COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}
_ORDINAL = re.compile(
    rf"\b(?:the )?(?:(?P<word>{'|'.join(_ORDINALS)})|(?P<digits>\d{{1,4}})(?:st|nd|rd|th)) "
    rf"(?:step|task|item|point|one|part)\b|"
    rf"\bthe first (?P<count>{'|'.join(_COUNTS)}|\d{{1,4}}) (?:steps|tasks|items|points|ones|parts)\b"
)
_ITEM = re.compile(rf"({_SEPARATOR})?(?:{_NOUN} )?#?({_LABEL})")
_DIGIT = re.compile(r"\d")
_DIGIT_ORDINAL = re.compile(r"\d(?:st|nd|rd|th)\b")
_LABEL_PART = re.compile(r"\d+|[a-z]+")
_SPAN = re.compile(r" ?(?:[-–—]|to|through|bis|à|a|tot) ?")

_LABEL_HINTS = frozenset(
    (
        *("after", "following", "once", "when", "soon", "upon", "depend", "depends", "depending", "building", "builds"),
        *("wait", "waits", "waiting", "before", "while", "during", "alongside", "parallel", "concurrently", "same"),
        *(
            "simultaneously",
            "together",
            "independent",
            "independently",
            "step",
            "steps",
            "task",
            "tasks",
            "item",
            "items",
        ),
        *(
            "point",
            "points",
            "part",
            "parts",
            "phase",
            "phases",
            "stage",
            "stages",
            "number",
            "numbers",
            "no",
            "nos",
            "nr",
        ),
        *("result", "results", "output", "outputs", "finding", "findings", "answer", "answers", "outcome", "outcomes"),
        *("artifact", "artifacts", "data", "summary", "file", "files", "report", "reports", "list", "text"),
        *(
            "nach",
            "sobald",
            "nachdem",
            "während",
            "schritt",
            "schritte",
            "schritten",
            "schrittes",
            "aufgabe",
            "aufgaben",
        ),
        *("ergebnis", "ergebnisse", "ergebnissen", "ausgabe", "daten", "après", "fois", "dès", "pendant", "étape"),
        *(
            "étapes",
            "tâche",
            "tâches",
            "résultat",
            "résultats",
            "sortie",
            "sorties",
            "données",
            "después",
            "tras",
            "vez",
        ),
        *("mientras", "durante", "paso", "pasos", "tarea", "tareas", "etapa", "etapas", "resultado", "resultados"),
        *("salida", "salidas", "datos", "depois", "após", "enquanto", "passo", "passos", "tarefa", "tarefas", "saída"),
        *("saídas", "dados", "dopo", "volta", "mentre", "passi", "punto", "risultato", "risultati", "dati", "na"),
        *("zodra", "terwijl", "stap", "stappen", "taak", "taken", "resultaat", "resultaten", "uitvoer", "parallèle"),
    )
)
"""One of these words is in every text that refers to a label."""
_SIDE_HINTS = frozenset(
    (
        *(max(phrase.replace("-", " ").split(), key=len) for phrase in MEANWHILE.split("|")),
        *("concurrently", "simultaneously", "parallel", "same", "while", "independently", "independent", "any"),
        *("all", "everything", "both", "each", "every", "alles", "alle", "tout", "todo", "tutto", "tudo"),
        *("unabhängig", "indépendamment", "independientemente", "independentemente", "indipendentemente"),
        "onafhankelijk",
    )
)
"""One of these words is in every text that speaks of order without a label: a look that costs little."""

Span = tuple[str, str]
"""Labels from the first to the last; the same twice for one label."""


@dataclass(frozen=True, slots=True)
class References:
    """What a step says of its order.

    Attributes:
        after: labels of steps that it waits for.
        data: those of them whose result it uses.
        beside: labels of steps that it runs along with.
        beside_previous: it runs along with the step before it.
        independent: it waits for no step of its list.
        after_all: it waits for everything before it.
    """

    after: tuple[Span, ...] = ()
    data: tuple[Span, ...] = ()
    beside: tuple[Span, ...] = ()
    beside_previous: bool = False
    independent: bool = False
    after_all: bool = False


NOTHING = References()


@dataclass(frozen=True, slots=True)
class Hints:
    """What kinds of references a list may have at all, so that its steps need not be searched for the others."""

    labels: bool
    letters: bool
    ordinals: bool
    aside: bool


def hints_in(text: str, words: Set[str], *, letters: bool) -> Hints:
    """The hints in the text of a whole list, in lower case, which has these words; `letters` label its steps."""
    digits = _DIGIT.search(text) is not None
    ordinals = not words.isdisjoint(_ORDINAL_WORDS) or (digits and _DIGIT_ORDINAL.search(text) is not None)
    named = (letters or digits) and not words.isdisjoint(_LABEL_HINTS)
    return Hints(named or ordinals, letters, ordinals, not words.isdisjoint(_SIDE_HINTS))


def read_references(text: str, hints: Hints) -> References:
    """The references in the text of a step."""
    if not (hints.labels or hints.aside):
        return NOTHING
    words = " ".join(text.lower().split())
    labelled = hints.labels and (hints.letters or hints.ordinals or _DIGIT.search(words))
    after, data, beside = (
        _labels(_ORDINAL.sub(_numbered, words) if hints.ordinals else words) if labelled else _NO_LABELS
    )
    return References(
        after=tuple(after),
        data=tuple(data),
        beside=tuple(beside),
        beside_previous=hints.aside and _BESIDE_PREVIOUS.search(words) is not None,
        independent=hints.aside and _INDEPENDENT.search(words) is not None,
        after_all=hints.aside and _AFTER_ALL.search(words) is not None,
    )


_NO_LABELS: tuple[list[Span], list[Span], list[Span]] = ([], [], [])


def _labels(text: str) -> tuple[list[Span], list[Span], list[Span]]:
    after: list[Span] = []
    data: list[Span] = []
    beside: list[Span] = []
    for found in _REFERENCES.finditer(text):
        group = found.lastgroup or ""
        spans = _spans(found[group])
        if group in _BESIDE:
            beside += spans
            continue
        after += spans
        if group in _OF_DATA:
            data += spans
    return after, data, beside


def _spans(listed: str) -> list[Span]:
    """ "2 and 4-6" → [("2", "2"), ("4", "6")]."""
    spans: list[Span] = []
    for found in _ITEM.finditer(listed):
        label = normal_label(found[2])
        if spans and found[1] and _SPAN.fullmatch(found[1]) and label.isdigit() and spans[-1][0].isdigit():
            spans[-1] = (spans[-1][0], label)
        else:
            spans.append((label, label))
    return spans


def normal_label(label: str) -> str:
    """ "1b" and "1.b" → "1.b"; full-width digits and leading zeros fold."""
    if label.isdecimal():
        return str(int(label))
    return ".".join(str(int(part)) if part.isdecimal() else part for part in _LABEL_PART.findall(label))


def _numbered(ordinal: re.Match[str]) -> str:
    if count := ordinal["count"]:
        return f"steps 1-{_COUNTS.get(count, count)}"
    return f"step {ordinal['digits'] or _ORDINALS[ordinal['word']]}"
