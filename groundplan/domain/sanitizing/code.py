"""Rules about program code that would run: dynamic evaluation, process calls, template expressions, path traversal."""

from __future__ import annotations

from groundplan.domain.sanitizing.rule import Rule, Shape

_EVALUATION = Shape(
    r"\b(?:eval|exec)\((?!(?:utives?|uations?|s)\))"
    r"|\b(?:eval|exec)(?:\s|/\*[^*]{0,40}\*/){1,8}\(\s*+['\"`]"
    r"|__import__",
    "eval",
    "exec",
    "__import__",
)
_PROCESS = Shape(
    r"\b(?:system|shell_exec|passthru|popen|proc_open|pcntl_exec|execfile|call_user_func)\(\s*+(?:\\?['\"`$]|base64)"
    r"|\bos\.(?:system|popen|exec[lv]\w{0,2}|spawn\w{1,3})\("
    r"|\bsubprocess\.(?:run|call|popen|check_\w{4,6}|getoutput|getstatusoutput)\("
    r"|\bruntime\.getruntime\(|\bprocessbuilder\(|\bphp(?:info|version|uname)\(|\bpickle\.loads\(|\bbase64_decode\(",
    "system(",
    "_exec(",
    "execfile(",
    "passthru(",
    "popen(",
    "proc_open(",
    "call_user_func(",
    "os.",
    "subprocess.",
    "getruntime(",
    "processbuilder(",
    "phpinfo(",
    "phpversion(",
    "phpuname(",
    "pickle.",
    "base64_decode(",
)
_PROCESS_IN_RUBY_OR_PERL = Shape(
    r"\bkernel\.(?:exec|system|exit|fork|spawn|open)\b|%x[({\[]\s*+['\"]?[a-z/]|\[\s*+system\s|\$env\{",
    "kernel.",
    "%x",
    "system",
    "$env{",
)
_INTERNALS = Shape(r"__(?:class|bases?|mro|subclasses|globals|builtins|getattribute|reduce)__", "__")
_SCRIPT_ENGINE = Shape(
    r"\bnew\s++function\(|\.constructor\s*+[.\[(]\s*+['\"]?constructor|\bset(?:timeout|interval)\(\s*+['\"`]"
    r"|\bstring\.fromcharcode\(\s*+\d|\bdocument\.write(?:ln)?\(|\bimportscripts\(",
    "function(",
    ".constructor",
    "settimeout(",
    "setinterval(",
    "fromcharcode(",
    "document.write",
    "importscripts(",
)

# A bare {{name}} is a placeholder that people write; a call, arithmetic or an attribute walk inside is an expression.
_TEMPLATE = Shape(
    r"\{\{[^{}\n]{0,300}?(?:\w\s?\(|\d\s*+\*\s*+['\"\d]|__|\[\s*+\])"
    r"|\{%-?\s*+[a-z]\w*+\s[^{}%\n]{1,300}%\}"
    r"|<%=|\#\{\s*+\d+\s*+\*",
    "{{",
    "{%",
    "<%=",
    "#{",
)

# "../data" is a path; four levels up, or a dot-dot in disguise, leads out of where a path may lead.
_TRAVERSAL = Shape(
    r"(?:\.\.[/\\]{1,4}){4}|(?:\.\.[/\\]{1,4}){1,3}(?:etc|proc|windows|winnt|boot\.ini|var/log)\b",
    "../",
    "..\\",
)
_TRAVERSAL_IN_DISGUISE = Shape(
    r"(?:\.|%(?:25){0,3}2e|%c0%(?:ae|2e)|%u002e){2,3}(?:%(?:25){0,3}(?:2f|5c)|%c0%(?:af|2f|5c|9v|qf)|%c1%(?:9c|1c|af)|%u221[56]|%%)"
    r"|(?:%(?:25){0,3}2e|%c0%(?:ae|2e)|%u002e){2}[/\\]|(?:\.\.{1,3}[/\\]{2,4}){3}",
    "%",
    "...",
    "..//",
    "..\\\\",
)

RULES = (
    Rule("code_evaluation", "a call that evaluates code: eval(, exec( or __import__", (_EVALUATION,)),
    Rule(
        "code_process",
        "a call that starts a process or runs text as code",
        (_PROCESS, _PROCESS_IN_RUBY_OR_PERL, _SCRIPT_ENGINE),
    ),
    Rule("code_internals", "a walk through an interpreter's internals", (_INTERNALS,)),
    Rule("template_expression", "a template expression that calls or calculates", (_TEMPLATE,)),
    Rule("path_traversal", "a path that climbs out of its folder", (_TRAVERSAL,)),
    Rule(
        "hidden_traversal", "an encoded path that climbs out of its folder", (_TRAVERSAL_IN_DISGUISE,), as_written=True
    ),
)
