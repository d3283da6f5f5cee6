"""Rules about HTML, XML and CSS that a browser would act on.

Placeholders such as <name>, <<title>> or <b>bold</b> pass: an element counts when it is active by itself (script, svg,
iframe …), when it carries attributes, or when what follows it is a piece of a tag that was broken out of.
"""

from __future__ import annotations

from groundplan.domain.sanitizing.rule import Rule, Shape

_ACTIVE = (
    "applet|basefont|bgsound|embed|foreignobject|frameset|iframe|ilayer|isindex|marquee|math|meta|noembed|noscript|"
    "plaintext|script|style|svg|textarea|vmlframe|xmp|xss"
)
_ACTIVE_UNLESS_BARE = "base|frame|layer|link|object|template|xml|form|input|image|img|video|audio|body|html"
_PREFIXES = "ev|fo|html|math|o|svg|v|x|xhtml|xlink|xml|xsl|xss"

_SCRIPT = Shape(rf"</?(?:(?:{_PREFIXES}):)?script(?![a-z0-9])|<\s{{0,3}}/?\s{{0,3}}script\s*+[/>]", "script")
# "<link to the page>" is a placeholder in words: a browser would see attributes, but a person wrote a phrase.
_ACTIVE_ELEMENT = Shape(
    rf"</?(?:(?:{_PREFIXES}):)?(?:{_ACTIVE})(?=[\s/\\>%:&<(\"']|$)(?!\s[a-z]+[\s>])"
    rf"|<(?:{_ACTIVE_UNLESS_BARE})(?:[/\\%&<(\"']|\s(?=[a-z]+\s*+=))"
    rf"|</?(?:{_PREFIXES}):[a-z]",
    "<",
)
_ATTRIBUTE = Shape(
    r"<(?!https?:|ftp:|mailto:)[a-z][\w:.-]{0,40}+[\s/\\%\"'][^<>=]{0,2000}+=[^<>]{0,2000}+>", needs=("<", "=", ">")
)
_NAMESPACE = Shape(r"xmlns(?::\w+)?\s*+=\s*+\\?[\"'u]", "xmlns")

# Within a tag any on…= is a handler; outside one it must be set to something that is called.
_HANDLER_IN_TAG = Shape(r"<[^<>\s][^<>]{0,2000}?(?<![a-z])on[a-z]{3,40}\s*+=", needs=("<", "on", "="))
_HANDLER_LOOSE = Shape(
    r"(?<![\w.])on[a-z]{3,40}\s*+=\s*+[\"'`]{0,2}\s*+[a-z_$][\w.$]{0,60}\s*+[(`=]", "(", "`", "=", needs=("on", "=")
)

_JAVASCRIPT = Shape(
    r"(?:java|vb|live|j)script\s*+:\s*+"
    r"(?:javascript:|void\b|[\w.$\[\]'\"]{1,80}\s*+[(=`]|/[*/\\]|[%&\\`'\"<(\[+!~-])",
    needs=("script", ":"),
)
_JAVASCRIPT_SPACED = Shape(
    r"j\s*+a\s*+v\s*+a\s*+s\s*+c\s*+r\s*+i\s*+p\s*+t\s*+:\s*+\w{1,40}\(",
    "j\n",
    "a\n",
    "v\n",
    "j\t",
    "a\t",
    "v\t",
    needs=(":", "("),
)
_DATA_URL = Shape(
    r"\bdata\s*+:\s*+(?:text/(?:html|javascript|xml)|image/svg|application/[\w+-]*(?:xml|script))", needs=("data", "/")
)
_DIALOG = Shape(
    r"(?<![\w.])(?:window\.|top\.|self\.|parent\.)?(?:alert|prompt|confirm)\\{0,4}"
    r"(?:[(`]\\{0,4}(?:\d|['\"`/)\[+!]|document|location|window|this|string\.|x?ss)|\s\(['\"`])",
    "alert",
    "prompt",
    "confirm",
)
_DIALOG_BY_NAME = Shape(
    r"\[\s*+\\?['\"](?:alert|prompt|confirm|eval)\\?['\"]\s*+\]", "alert", "prompt", "confirm", "eval", needs=("[",)
)
_DOCUMENT = Shape(
    r"\b(?:document|window|self|top)\.(?:cookie|location|domain|body)\b[\w.]{0,40}\s*+(?:=(?!=)|\()",
    ".cookie",
    ".location",
    ".domain",
    ".body",
)

_FRAGMENT = Shape(r"(?<![<>=\s-])[\"'`]/?>(?!\s*+[\"'`])|\]\]>|[\"'`]\s?>\s*+[\"'`]?\s*+<", ">")
_DECLARATION = Shape(
    r"<!(?:--|\[|doctype|entity|element|attlist)|<\?(?:xml|php|import|=|\s)|<%[@!\s\w(]", "<!", "<?", "<%"
)

_CSS = Shape(
    r"(?:[:;{]|\bstyle\s*+=)[^:;{}\n<>]{0,80}?expression\s*+\(|-moz-binding|\bbehavior\s*+:\s*+url|@import\s*+(?:['\"]|url)"
    r"|@font-face\s*+\{|\burl\(\s*+['\"]?\s*+(?:javascript|data|vbscript):|\bexpression\((?:alert|javascript|document)",
    "expression",
    "-moz-binding",
    "behavior",
    "@import",
    "@font-face",
    "url(",
)

# An honest "<" has no reason to come as a numeric reference, an escape or UTF-7, nor have quotes and operators as \\x….
_HIDDEN_MARK = Shape(
    r"&#(?:0*+60|x0*+3c)(?![0-9a-f])|\\x(?:2[2-9]|3[b-e]|5c|60|7c)|\\u003c|\\u\{0*+3c\}|%(?:25){0,4}3c|%u003c|\+adw[a-z-]",
    "3c",
    "&#",
    "+adw",
    "\\x",
)
_UTF7 = Shape(r"(?:&[a-z0-9+/]{3,8}){6}", "&a")
# Only what prose and format strings ("%02d", "%0d") do not hold: %00, %0a and their escapes.
_HIDDEN_CONTROL = Shape(
    r"%(?:25){0,4}0(?:[0a]|d(?=[a-z{%+/]))|\\x(?:0[0-8bce]|1[0-9a-f]|7f)|\\u00(?:0[0-8bce]|1[0-9a-f])|&#x?0+(?:;|(?![0-9a-fx]))",
    "%",
    "\\x",
    "\\u00",
    "&#",
)

RULES = (
    Rule("script_tag", "a script element", (_SCRIPT,)),
    Rule("event_handler", "an event handler of a tag", (_HANDLER_IN_TAG, _HANDLER_LOOSE)),
    Rule("html_element", "an element that a browser acts on", (_ACTIVE_ELEMENT, _ATTRIBUTE, _NAMESPACE)),
    Rule("script_url", "a URL that carries a script", (_JAVASCRIPT, _JAVASCRIPT_SPACED, _DATA_URL)),
    Rule("script_call", "a call into the browser", (_DIALOG, _DIALOG_BY_NAME, _DOCUMENT)),
    Rule("markup_declaration", "a declaration, processing instruction or comment of HTML or XML", (_DECLARATION,)),
    Rule("markup_fragment", "the end of a tag or attribute that was not opened", (_FRAGMENT,)),
    Rule("style_code", "style rules that load or run something", (_CSS,)),
    Rule("hidden_markup", "an encoded angle bracket, quote or operator", (_HIDDEN_MARK, _UTF7), as_written=True),
    Rule("hidden_control", "an encoded control character", (_HIDDEN_CONTROL,), as_written=True),
)
