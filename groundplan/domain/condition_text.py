"""The text of a condition, taken apart: what it names, how deep it repeats. So it can be judged before it is compiled.

The words of CEL: https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

REPEATING = frozenset({"all", "exists", "exists_one", "existsOne", "filter", "map"})
"""Macros that do something for each element of a list or map."""

_WORD = re.compile(
    r"""
      (?P<space>\s+|//[^\n]*)
    | (?P<binding>\$\{[^{}]*\})
    | (?P<text>(?:[rR][bB]?|[bB][rR])(?:"[^"\n]*"|'[^'\n]*')
             | [bB]?(?:"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<number>[0-9][0-9A-Za-z.]*)
    | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_OUTCOME = re.compile(
    r"\$\{(?P<task>[A-Za-z0-9_-]{1,200})\.(?P<field>outputs?|status|error)(?P<path>(?:\.[A-Za-z0-9_-]+|\[[0-9]+\])*)\}"
)
_PART = re.compile(r"\.([A-Za-z0-9_-]+)|\[([0-9]+)\]")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED = frozenset(
    {
        "as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop",
        "namespace", "null", "package", "return", "true", "var", "void", "while",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Word:
    """One word: its kind (`binding`, `text`, `name`, `number`, `sign`), its text, and where it begins."""

    kind: str
    text: str
    position: int


@dataclass(frozen=True, slots=True)
class TaskName:
    """That the words from `first` to `last` name a task: `tasks.build`, `tasks["build"]` or `${build.output.n}`."""

    task_id: str
    first: int
    last: int


@lru_cache(maxsize=1024)
def words_of(text: str) -> tuple[Word, ...]:
    """The words of a condition, without spaces and comments."""
    return tuple(
        Word(found.lastgroup or "", found[0], found.start())
        for found in _WORD.finditer(text)
        if found.lastgroup != "space"
    )


def depth_of(words: Sequence[Word]) -> int:
    """How many macros that repeat stand inside of each other at most: 0 for none."""
    deepest, inside = 0, [0]
    for index, word in enumerate(words):
        if word.text == "(":
            inside.append(inside[-1] + (macro_before(words, index) is not None))
            deepest = max(deepest, inside[-1])
        elif word.text == ")" and len(inside) > 1:
            inside.pop()
    return deepest


def repeated(words: Sequence[Word]) -> Iterator[Word]:
    """The words inside of the parentheses of a macro that repeats."""
    inside = [False]
    for index, word in enumerate(words):
        if word.text == "(":
            inside.append(inside[-1] or macro_before(words, index) is not None)
        elif word.text == ")" and len(inside) > 1:
            inside.pop()
        elif inside[-1]:
            yield word


def macro_before(words: Sequence[Word], index: int) -> str | None:
    """The macro whose parenthesis stands at `index`, as in `.exists(`."""
    if index >= 2 and words[index - 1].text in REPEATING and words[index - 2].text == ".":
        return words[index - 1].text
    return None


def own_names(words: Sequence[Word]) -> set[str]:
    """The names that macros give to elements: `x` in `.exists(x, x > 1)`."""
    return {
        words[index + 1].text
        for index, word in enumerate(words[:-1])
        if word.text == "(" and macro_before(words, index) is not None
    }


def task_names(words: Sequence[Word]) -> Iterator[TaskName]:
    """Where tasks are named, in order; a use of `tasks` that names none is left out."""
    for index, word in enumerate(words):
        if word.kind == "binding":
            found = _OUTCOME.fullmatch(word.text)
            if found:
                yield TaskName(found["task"], index, index)
        elif is_tasks(words, index):
            named = _named_after(words, index)
            if named is not None:
                yield named


def is_tasks(words: Sequence[Word], index: int) -> bool:
    """Whether the word is the variable `tasks`, and no field of that name."""
    word = words[index]
    return word.kind == "name" and word.text == "tasks" and (index == 0 or words[index - 1].text != ".")


def _named_after(words: Sequence[Word], index: int) -> TaskName | None:
    after = words[index + 1 : index + 4]
    if len(after) >= 2 and after[0].text == "." and after[1].kind == "name" and [w.text for w in after[2:]] != ["("]:
        return TaskName(after[1].text, index, index + 2)
    if len(after) == 3 and (after[0].text, after[1].kind, after[2].text) == ("[", "text", "]"):
        quoted = after[1].text
        if quoted[0] in "\"'" and "\\" not in quoted:
            return TaskName(quoted[1:-1], index, index + 3)
    return None


def in_plain_cel(text: str) -> str:
    """The text with `${TASK.output.path}` written as CEL: `tasks["TASK"].output.path`."""
    return _rewritten(text, [(word, _as_cel(word.text)) for word in words_of(text) if word.kind == "binding"])


def renamed(text: str, ids: Mapping[str, str]) -> str:
    """The text with every task named by the id that `ids` has for it, in `${…}` and after `tasks`."""
    words = words_of(text)
    changes: list[tuple[Word, str]] = []
    for named in task_names(words):
        task_id = ids.get(named.task_id, named.task_id)
        first = words[named.first]
        if task_id == named.task_id:
            continue
        if first.kind == "binding":
            moved = first.text.replace(named.task_id, task_id, 1)
            changes.append((first, moved if _OUTCOME.fullmatch(moved) else _as_cel(first.text, task_id)))
        else:
            changes.append((words[named.first + 1], f"[{_quoted(task_id)}]"))
            changes += [(word, "") for word in words[named.first + 2 : named.last + 1]]
    return _rewritten(text, changes)


def _rewritten(text: str, changes: Sequence[tuple[Word, str]]) -> str:
    parts, at = [], 0
    for word, new in changes:
        parts += [text[at : word.position], new]
        at = word.position + len(word.text)
    return "".join([*parts, text[at:]])


def _as_cel(binding: str, task_id: str | None = None) -> str:
    found = _OUTCOME.fullmatch(binding)
    if not found:
        return binding
    field = found["field"].removesuffix("s") if found["field"] == "outputs" else found["field"]
    path = _PART.sub(lambda part: f"[{part[2]}]" if part[2] else _field(part[1]), found["path"])
    return f"tasks[{_quoted(task_id or found['task'])}].{field}{path}"


def _field(name: str) -> str:
    if _PLAIN.fullmatch(name) and name not in _RESERVED:
        return f".{name}"
    return f"[{name}]" if name.isdecimal() else f"[{_quoted(name)}]"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'
