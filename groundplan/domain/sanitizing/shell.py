"""Rules about shell commands: those that stand in every policy, by shape, and the plain list of metacharacters."""

from __future__ import annotations

from groundplan.domain.sanitizing.command_names import INTERPRETERS
from groundplan.domain.sanitizing.commands import is_command, is_command_line
from groundplan.domain.sanitizing.pattern import LazyPattern
from groundplan.domain.sanitizing.rule import Policy, Rule, Shape
from groundplan.domain.sanitizing.views import View

_CHAINED = LazyPattern(r"(?P<op>[;|&]{1,3}|\\[nr]|%0[ad])(?P<gap>[\s+]*+)(?P<word>[.~/\w\\:-]{1,60})")
_TICKED = LazyPattern(r"(?<!`)`(?!`)(?P<gap>[\s({\[]*+)(?P<word>[.~/\w\\:-]{1,60})[^`\n]{0,400}+`(?!`)")
# "&quot;" may begin an honest text that was escaped, and "|x|" an equation.
_LEADING = LazyPattern(
    r"[\s'\"`)(*\]}]{0,20}(?P<at>(?:;|&(?!\#?\w{1,10};)|\|(?!\s?(?:[a-z]\b|-?\d)[^|\n]{0,40}\|(?!\s*+$))){1,2})[\s+]*+\S"
)
_SEPARATORS = frozenset(";|&\\%")


def _chained_command(view: View) -> int | None:
    if _SEPARATORS.isdisjoint(view.characters):
        return None
    text = view.lower
    for match in _CHAINED.finditer(text):
        word, operator = match["word"], match["op"]
        if is_command(word, text, match.end("word"), operator, not match["gap"]):
            return match.start("op")
    return None


def _ticked_command(view: View) -> int | None:
    if "`" not in view.characters:
        return None
    text = view.lower
    for match in _TICKED.finditer(text):
        whole = match.start() == 0 or not text[match.start() - 1].isspace()
        if is_command(match["word"], text, match.end("word"), "`", whole):
            return match.start()
    return None


def _leading_operator(view: View) -> int | None:
    match = _LEADING.match(view.lower)
    if match is None or (match["at"] == "|" and _is_table(view.text)):
        return None
    return match.start("at")


def _is_table(text: str) -> bool:
    first, _, rest = text.strip().partition("\n")
    return rest.lstrip().startswith("|") or (first.endswith("|") and first.count("| ") > 1 and first.count(" |") > 1)


def _whole_command(view: View) -> int | None:
    line = view.lower.strip(" \t\n'\"`()[];,")
    if len(line) > 400 or "\n" in line or not is_command_line(line):
        return None
    return view.lower.index(line)


_GAP = r"(?:\s|\+|\$\{?ifs\}?(?:\$\d)?|,|<)"
_READERS = "cat|more|less|head|tail|type|vi|vim|nano|cp|copy|mv|grep|rm|del|ls|dir|chmod|chown|tac|nl|strings|source"
_SENSITIVE_FILE = (
    r"(?:/etc/(?:passwd|shadow|hosts|group|sudoers|issue|crontab)|/proc/(?:self|version|\d)|~?/?\.ssh/|/root/|"
    r"[a-z]:\\+(?:windows|winnt|boot\.ini|documents)|%systemroot%|%windir%|%userprofile%)"
)
_NAMED_FILE = Shape(rf"\b(?:{_READERS})(?:{_GAP}+-\w{{1,10}}){{0,5}}{_GAP}+[\"']?{_SENSITIVE_FILE}", "/", "\\", "%")
_REMOVAL = Shape(
    r"\brm\s++(?:-\w{1,8}\s++){0,4}-[a-z]{0,6}[rf][a-z]{0,6}\s++(?:--\S+\s++)?[\"']?(?:[~./*$]|[\w-]+/)", "rm ", "rm\t"
)
_PROGRAM = Shape(
    rf"\b(?:{'|'.join(sorted(INTERPRETERS))})(?:\.exe)?\s++-[a-z]{{0,5}}[cer]\s*+\\?['\"]"
    r"|\bcmd(?:\.exe)?\s++/[ck]\s++\S|\bpowershell(?:\.exe)?\s++-\w|\binvoke-expression\b|\biex\s*+\(|\bdownloadstring\s*+\("
    r"|/dev/(?:tcp|udp)/|\bn(?:c|cat|etcat)\s++-[a-z]{0,6}e\b|\bbash\s++-i\b|\(\)\s*+\{\s*+:?\s*+;",
    " -",
    " /c",
    " /k",
    "invoke-",
    "iex",
    "downloadstring",
    "/dev/",
    "{",
)
# "$(500)" is a negative amount and "${name}" a placeholder; anything else in there is run or expanded.
_SUBSTITUTION = Shape(
    r"\$\((?!\s*+[\d.,]++\s*+\))|\$\{[^{}\n]{0,200}?[({:|@*`/\\#!]|\$\{?ifs\b|[;|&]\$[a-z_{(]|\$\{?\w{1,30}+\}?\s*+\((?=\s*+[\"'`])",
    "$",
)
_BREAKOUT = Shape(
    r"\)(?:;|&&|\|\|)[\w{/$]|\)[;|]\{|[;|&^]\{\w+\}|\\n\{\w+\}|[;|&]\s*+<!--#",
    ");",
    ")&&",
    ")||",
    ")|",
    "{",
    "<!--#",
)
_ROOTS = r"(?:dev|etc|tmp|var|usr|home|root|bin|opt|proc|sys|mnt|srv|boot|lib|www)\b"
_REDIRECTION = Shape(
    rf"(?:(?<=[^\S\n])|(?<=\d))(?P<at>)>{{1,2}}\s*+(?:[~.]{{0,2}}/\w|[a-z]:[\\/]|%\w+%|\$[a-z_{{]|[\w-]{{1,60}}\."
    r"(?:txt|log|sh|bash|php|py|pl|rb|conf|cfg|ini|bat|cmd|ps1|exe|dll|html?|jsp|asp|aspx|csv|json|out|key|pem|rc)\b)"
    rf"|(?<![-=])>{{1,2}}\s*+/{_ROOTS}/?|<\s*+/{_ROOTS}/|\d?>&\s?\d|&>\s*+\S|<<-?\s*+['\"]?eof\b|<<<\s*+['\"$]",
    ">",
    "<",
)

# Greek ends its questions with ";": behind a Greek letter, and before nothing but a space or a closing mark, it is one.
_METACHARACTER = Shape("[<>|&$`]|;(?:(?<![\u0370-\u03ff\u1f00-\u1fff];)|(?=[^\\s»”’\"')\\]]))", *"<>|&;$`")

_LESS_THAN_PROSE = frozenset((Policy.STRICT, Policy.STANDARD))

COMMAND_RULES = (
    Rule("shell_command", "a command behind a shell operator or in backticks", (_chained_command, _ticked_command)),
    Rule("shell_operator", "a shell operator where the text begins", (_leading_operator,)),
    Rule("shell_substitution", "a shell substitution such as $(…)", (_SUBSTITUTION,)),
    Rule("shell_redirection", "a redirection to or from a file", (_REDIRECTION,)),
    Rule("shell_breakout", "the end of a call that was not opened, followed by a command", (_BREAKOUT,)),
    Rule(
        "shell_program",
        "a command that runs a program text, removes files or reads secret ones",
        (_PROGRAM, _REMOVAL, _NAMED_FILE),
    ),
    Rule("shell_line", "nothing but a shell command", (_whole_command,)),
)
CHARACTER_RULES = (
    Rule(
        "shell_metacharacter",
        "one of the shell metacharacters < > | & ; $ and backtick",
        (_METACHARACTER,),
        policies=_LESS_THAN_PROSE,
        as_written=True,
    ),
)
