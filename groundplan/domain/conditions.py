"""Conditions in CEL (the Common Expression Language): judged and compiled once, decided over earlier outcomes.

    a dependency's condition   over `status`, `output` and `error` of the task that is waited for
    a task's own condition     over `tasks`: `tasks["build"].output.n`, or for short `${build.output.n}`

CEL has no loops, but macros that repeat something for each element (`all`, `exists`, `exists_one`, `filter`). With n
the size of what it reads and d how deep they are nested, deciding takes O(n^(d+1)): a bound on that keeps it below
about a second. What could grow without such a bound is refused before it is compiled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import Any

from groundplan.domain.condition_text import (
    Word,
    depth_of,
    in_plain_cel,
    is_tasks,
    macro_before,
    own_names,
    repeated,
    task_names,
    words_of,
)
from groundplan.domain.errors import ErrorCode, PlanningError

_MOST_CHARACTERS = 2_000
_MOST_STEPS = 100_000_000
"""Of comparing, 8 ns each (measured); building lists is ten times as much."""
_DEAR = 10
_MOST_PATTERNS = 4
"""Of which each may take a quarter of a second to compile (measured)."""
_MOST_JOINED = 1_000_000
"""Values that `+` may put together at once."""
_MOST_LEVELS = 100
"""Of nesting in a value: the library recurses, and its stack ends before Python's does."""
_CHARACTERS_OF_A_STEP = 16
_TYPES = frozenset(
    {
        "int", "uint", "double", "bool", "string", "bytes", "list", "map", "null_type", "type", "timestamp", "duration",
    }
)  # fmt: skip
_FUNCTIONS = frozenset(
    {
        "size", "contains", "startsWith", "endsWith", "matches", "int", "uint", "double", "string", "bytes", "type",
        "dyn", "timestamp", "duration", "getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek",
        "getDayOfYear", "getHours", "getMinutes", "getSeconds", "getMilliseconds",
    }
)  # fmt: skip
_WHERE = re.compile(r"<input>:(\d+):(\d+): (?:Syntax error: )?(.+)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Over(Enum):
    """What a condition is about, with the variables that it may read."""

    DEPENDENCY = frozenset({"status", "output", "error"})
    TASKS = frozenset({"tasks"})
    ANYTHING = DEPENDENCY | TASKS


class Condition:
    """A compiled condition.

    Attributes:
        text: as its author wrote it.
        variables: what it reads, beside the elements that it names itself.
        tasks: the ids of the tasks that it names.
    """

    __slots__ = ("_dear", "_depth", "_joins", "_program", "_words", "tasks", "text", "variables")

    def __init__(self, text: str, program: Any) -> None:
        words = words_of(text)
        self.text = text
        self.variables: frozenset[str] = frozenset(program.variables()) - own_names(words) - _TYPES
        self.tasks: tuple[str, ...] = tuple(dict.fromkeys(named.task_id for named in task_names(words)))
        self._program = program
        self._words = len(words)
        self._depth = depth_of(words)
        self._dear = any(word.text in ("+", "filter") for word in words)
        self._joins = sum(word.text == "+" for word in words)

    def __repr__(self) -> str:
        return f"Condition({self.text!r})"

    def holds(self, variables: Mapping[str, Any]) -> bool:
        """Whether it holds for these variables.

        Raises:
            PlanningError: E5404 if it reads what is not there, gives something else than true or false, or would take
                too long.
        """
        read = {name: value for name, value in variables.items() if name in self.variables}
        self._check_effort(read)
        try:
            value = self._program.execute(read)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001  # the library raises builtins of every kind, and Rust's panics
            raise _undecided(self.text, _said(error)) from None
        if not isinstance(value, bool):
            raise _undecided(self.text, f"it gives {_kind(value)}, not true or false")
        return value

    def _check_effort(self, read: Mapping[str, Any]) -> None:
        most = _MOST_STEPS // _DEAR if self._dear else _MOST_STEPS
        largest = int(most ** (1 / (self._depth + 1))) - self._words
        if self._joins:
            largest = min(largest, _MOST_JOINED // (self._joins + 1))
        size, levels = _extent(read, largest)
        if levels > _MOST_LEVELS:
            raise _undecided(self.text, f"what it reads is nested more than {_MOST_LEVELS} levels deep")
        if size > largest:
            raise _undecided(self.text, f"what it reads has more than {max(largest, 0)} values and would take too long")


def compile_condition(text: str, over: Over = Over.ANYTHING) -> Condition:
    """The condition, ready to be decided; kept for the next time.

    Raises:
        PlanningError: E5402 if it is no CEL, reads a variable that is not there, or is not bounded in what it takes.
    """
    condition = _compiled(text)
    if isinstance(condition, str):
        raise _invalid(text, condition)
    if strange := sorted(condition.variables - over.value):
        raise _invalid(text, f"there is no {strange[0]!r} here, but {_listed(over)}")
    return condition


@lru_cache(maxsize=4096)
def _compiled(text: str) -> Condition | str:
    """The condition, or what is wrong with it."""
    import cel  # costs 0.2 s, and most plans have no condition

    why = _refused(text)
    if why:
        return why
    try:
        program = cel.compile(in_plain_cel(text))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001  # the library raises builtins of every kind, and Rust's panics
        return _place(text, str(error))
    strange = [name for name in program.functions() if _NAME.fullmatch(name) and name not in _FUNCTIONS]
    return f"there is no function {strange[0]!r}" if strange else Condition(text, program)


def _refused(text: str) -> str:
    """What keeps a text from being compiled at all, or nothing."""
    if len(text) > _MOST_CHARACTERS:
        return f"it is longer than {_MOST_CHARACTERS} characters"
    words = words_of(text)
    if not words:
        return "it is empty"
    return next((why for check in (_strange_words, _strange_tasks, _unbounded) for why in check(words)), "")


def _strange_words(words: Sequence[Word]) -> Iterator[str]:
    for before, word in zip((None, *words), words, strict=False):
        if word.kind == "text" and "${" in word.text:
            yield f"${{…}} inside of quotes is plain text, at position {word.position}: write it without the quotes"
        if word.kind == "text" and before is not None and before.kind == "text":
            yield f"two texts stand beside each other, at position {word.position}"
        if word.text == "`":
            yield f"there is a backtick at position {word.position}"


def _strange_tasks(words: Sequence[Word]) -> Iterator[str]:
    if "tasks" in own_names(words):
        yield "an element must not be called 'tasks'"
    named = {found.first for found in task_names(words)}
    for index, word in enumerate(words):
        if word.kind == "binding" and index not in named:
            yield f"{word.text} at position {word.position} is not ${{TASK.output.path}}, …status or …error"
        if is_tasks(words, index) and index not in named:
            yield f"'tasks' at position {word.position} names no task: write tasks[\"ID\"]"


def _unbounded(words: Sequence[Word]) -> Iterator[str]:
    if any(macro_before(words, index) == "map" and word.text == "(" for index, word in enumerate(words)):
        yield "map(…) can grow without bound: use all, exists, exists_one or filter"
    if any(word.text == "matches" for word in repeated(words)):
        yield "matches(…) would be compiled anew for each element: use startsWith, endsWith or contains there"
    patterns = [words[index + 1 : index + 4] for index, word in enumerate(words) if word.text == "matches"]
    if any([_shape(word) for word in after] != ["(", "text", ")"] for after in patterns):
        yield "matches(…) takes a pattern that is written out, as in output.name.matches('^v[0-9]+$')"
    if len(patterns) > _MOST_PATTERNS:
        yield f"matches(…) is used more than {_MOST_PATTERNS} times"


def _shape(word: Word) -> str:
    return word.text if word.kind == "sign" else word.kind


def _place(text: str, said: str) -> str:
    """The first thing that the compiler found; its position counts only if the text was compiled as it was written."""
    found = _WHERE.search(said)
    if not found:
        return said.splitlines()[0][:200]
    line, column, why = found.groups()
    where = f" at line {line}, column {column}" if "${" not in text else ""
    return f"it is no CEL: {why[:200]}{where}"


def _extent(value: Any, most: int) -> tuple[int, int]:
    """How many values there are in a value (texts count by their length), and how many levels; stops beyond `most`."""
    size, levels, pending = 0, 0, [(value, 1)]
    while pending and size <= most and levels <= _MOST_LEVELS:
        item, level = pending.pop()
        levels = max(levels, level)
        size += 1
        if isinstance(item, Mapping):
            size += sum(len(key) for key in item) // _CHARACTERS_OF_A_STEP
            pending.extend((inner, level + 1) for inner in item.values())
        elif isinstance(item, list | tuple):
            pending.extend((inner, level + 1) for inner in item)
        elif isinstance(item, str):
            size += len(item) // _CHARACTERS_OF_A_STEP
    return size, levels


def _said(error: BaseException) -> str:
    if isinstance(error, KeyError):
        return f"there is no {error.args[0]!r}, ask has(…) first"
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


def _kind(value: Any) -> str:
    return "null" if value is None else f"a value of type {type(value).__name__}"


def _listed(over: Over) -> str:
    return ", ".join(sorted(over.value))


def _invalid(text: str, why: str) -> PlanningError:
    return PlanningError(
        ErrorCode.CONDITION_INVALID,
        f"The condition {text[:200]!r} cannot be decided: {why}",
        details={"condition": text[:_MOST_CHARACTERS], "why": why},
        recovery_suggestion="Write it in CEL.",
    )


def _undecided(text: str, why: str) -> PlanningError:
    return PlanningError(
        ErrorCode.CONDITION_UNDECIDED,
        f"The condition {text[:200]!r} cannot be decided: {why}",
        details={"condition": text, "why": why},
        recovery_suggestion="Guard fields that may be missing with has(…), and let it give true or false.",
    )
