"""When a word is a shell command.

Names that no sentence uses (`wget`, `ipconfig`) are one behind any operator. Names that are words too (`cat`, `find`,
`python`) count only with evidence: an option, a path, an address, a quoted program, or nothing but an operator after.
"""

from __future__ import annotations

from groundplan.domain.sanitizing.command_names import (
    CONNECTING,
    INTERPRETERS,
    NAMES,
    READING,
    SENTENCE,
    SHELLS,
    SPEAKING,
    SUBCOMMANDS,
    TELLING,
    WORDS,
)
from groundplan.domain.sanitizing.pattern import LazyPattern

PATH = (
    r"(?:[~.]{0,2}/(?=[\w.*~-]|\s++-|\s*+(?:$|[;|&'\"`]))"  # /etc, ~/x, ./x; "/" alone only where the command ends
    r"|[a-z]:(?:[\\/]|\s*+$)|\\\\\w|\.\.(?:[\\/]|$)|%\w{2,30}%|\$[a-z_({]|\*(?=[\s./]|$))"
)
_SPACE = r"[\s+]"
_OPTION_OR_PATH = LazyPattern(rf"{_SPACE}++(?:--?[a-z]|/[a-z?]{{1,8}}\b|[\"'\\]{{0,2}}{PATH}|\S{{1,12}}://)")
_QUOTED = LazyPattern(rf"{_SPACE}*+[(\s]*+\\?[\"'`]")
_ADDRESS = LazyPattern(rf"{_SPACE}++[\w-]{{1,60}}(?:\.[\w-]{{1,60}})+|{_SPACE}++localhost\b")
_NUMBER_ONLY = LazyPattern(rf"{_SPACE}++\d+[smhd]?\s*+(?:$|[;|&'\"`)\n\\}}])")
_FILE_ONLY = LazyPattern(rf"{_SPACE}++[\w-]{{1,60}}\.\w{{1,5}}\s*+(?:$|[;|&'\"`\n])")
_NEXT_WORD = LazyPattern(rf"{_SPACE}++(\w{{1,20}})\b")
_END = LazyPattern(r"\s*+(?:$|[;|&'\"`\n\\#<>(){}])")
_PRODUCER = LazyPattern(r"://|\b(?:curl|wget|echo|printf|cat|base64)\s++\S")
_CALL = LazyPattern(r"\(\s*+(?:['\"\d$)]|\\)")
_OPTION_TOKEN = LazyPattern(rf"--?[a-z]|/[a-z?]{{1,12}}$|[\"']?{PATH}|[a-z]{{2,10}}://")
_BINARY = ("/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/local/bin/")


def is_command(word: str, text: str, end: int, operator: str, attached: bool) -> bool:
    """Whether the word after a shell operator is a command that would run.

    Args:
        word: what follows the operator, lower case.
        text: the whole reading, lower case.
        end: offset just behind the word.
        operator: what stands before it: ; | & && || a backtick, or an escaped line break (\\n, %0a).
        attached: no space lies between them, as no sentence would write ";" and "|".
    """
    name = _name(word)
    if operator[0] in "\\%":
        return (name in NAMES or name in WORDS) and (
            _END.match(text, end) is not None or has_arguments(name, text, end)
        )
    if name in NAMES or word.startswith((*_BINARY, "/etc/", "/tmp/", "/opt/")) or word[1:3] == ":\\":  # noqa: S108
        return True
    if name not in WORDS:
        return False
    if len(operator) > 1 or has_arguments(name, text, end):
        return True
    if name in INTERPRETERS:
        return operator == "|" and _END.match(text, end) is not None and _is_fed(name, text, end)
    return name in TELLING and attached and _END.match(text, end) is not None


def _is_fed(name: str, text: str, end: int) -> bool:
    # "Python | Ruby" is a list; "curl … | ruby" is not, and nobody lists shells that way.
    return name in SHELLS or _PRODUCER.search(text[max(0, end - 300) : end]) is not None


def has_arguments(name: str, text: str, end: int) -> bool:
    """Whether what stands behind a word (from `end` on) is a command's argument rather than a sentence."""
    if _OPTION_OR_PATH.match(text, end) or _CALL.match(text, end):
        return True
    return (
        (name in SPEAKING and _QUOTED.match(text, end) is not None)
        or (name in CONNECTING and _ADDRESS.match(text, end) is not None)
        or (name in ("sleep", "kill") and _NUMBER_ONLY.match(text, end) is not None)
        or (name in READING and _FILE_ONLY.match(text, end) is not None)
        or (name in SUBCOMMANDS and _has_subcommand(name, text, end))
    )


def is_command_line(line: str) -> bool:
    """Whether a whole line, lower case, is a command and its arguments and nothing else."""
    first = line.partition(" ")[0]
    name = _name(first)
    known = name in NAMES or first.startswith(_BINARY)
    if not known and name not in WORDS:
        return False
    tokens = line.split()
    if len(tokens) > 15 or not SENTENCE.isdisjoint(tokens):
        return False
    if known or line in ("dir", "id"):
        return True
    # "Print 'hello'" is a goal: a quoted text alone makes no command of a whole line.
    spoken = name in SPEAKING and not line.startswith("-", len(tokens[0]) + 1)
    return any(_OPTION_TOKEN.match(token) for token in tokens[1:]) or (
        not spoken and has_arguments(name, line, len(tokens[0]))
    )


def _has_subcommand(name: str, text: str, end: int) -> bool:
    following = _NEXT_WORD.match(text, end)
    if following is None or following[1] not in SUBCOMMANDS[name]:
        return False
    return name != "which" or _END.match(text, following.end()) is not None


def _name(word: str) -> str:
    return word.rsplit("/", 1)[-1].rstrip(".").removesuffix(".exe")
