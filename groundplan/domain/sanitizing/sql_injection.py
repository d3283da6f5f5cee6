"""Rules about pieces of SQL that only make sense inside somebody else's statement.

A condition between two constants, a quote that closes what it did not open, a UNION, a comment that cuts the rest off,
functions that wait, and text spelt out in character codes.
"""

from __future__ import annotations

from groundplan.domain.sanitizing.rule import Rule, Shape
from groundplan.domain.sanitizing.sql_statements import GAP, GAP0, QUOTE

_OPEN = r"[(\s]{0,8}+"
_CLOSE = r"[)\s]{0,8}+"
_NUMBER = r"[-+]?\d[\d.]{0,20}+"
_CLOSED = rf"n?(?:'[^'\n]{{0,80}}+'|\"[^\"\n]{{0,80}}+\"|[‘’“”´`][^‘’“”´`'\"\n]{{0,80}}+{QUOTE})"
_TEXT = rf"n?{QUOTE}[^'\"\n]{{0,80}}+{QUOTE}?"
_JOIN = r"(?:(?<![^\W\d_])(?:or|and|xor|where|having|when|div)(?![^\W\d_])|\|\||&&)"
_COMMENT = r"(?:--|–|—|\#|/\*)"

_UNION = Shape(
    rf"union(?<!\wunion)(?:{GAP}(?:all|distinct))?+{GAP0}[(\s]*+select(?!ed\b|ions?\b|ive\b|or\b|{GAP}committee)",
    needs=("union", "select"),
)

# "or 1=1", "and 'a'='a", "or x=x": nobody states in a goal that a constant equals a constant.
_NUMBERS = Shape(
    rf"{_JOIN}{GAP0}(?:not\b{GAP0})?{_OPEN}{_NUMBER}{_CLOSE}{GAP0}(?:=|<>|!=|<=>){GAP0}{_OPEN}"
    rf"(?:{_NUMBER}(?![\w+*/^]|\s?[+*/^]\s?\w)|{_TEXT})",
    "=",
    "<>",
)
_TEXTS = Shape(
    rf"{_JOIN}{GAP0}(?:not\b{GAP0})?{_OPEN}{_CLOSED}{_CLOSE}{GAP0}"
    rf"(?:=|<>|!=|[<>](?!\s)|r?like\b|in{GAP0}\(|between\b){GAP0}{_OPEN}(?:{_NUMBER}|n?{QUOTE}|\()",
    "=",
    "<",
    ">",
    "<",
    ">",
    "like'",
    "like '",
    "like+'",
    'like"',
    'like "',
    "in(",
    "in (",
    "between",
)
_ITSELF = Shape(rf"\b(?:or|and|where|having){GAP}\(?([a-z_]\w{{0,30}}+){GAP0}={GAP0}\1(?!\w)", "=")
# x'or'1: a quoted word ends where its second quote stands, and nothing is glued to it.
_GLUED = Shape(r"['\"](?:or|and|xor)['\"](?=[\w'\"=])", "or'", 'or"', "and'", 'and"')
_SUBQUERY = Shape(
    rf"(?:=|<|>|,|\|\||\b(?:or|and|in|exists|like|where)){GAP0}\(+\s*+select\b(?!{GAP}(?:all|one|any|the|a|up|only|at)\b)",
    needs=("select", "("),
)

_REST = r"[\s+%;)*/-]*+$"
_CUT_OFF = Shape(
    rf"\b(?:or|and){GAP}[('\"]*+(?:\d++|true|false)['\")]*+\s*+(?:--|\#|/\*)[\s+%;'\")*/-]*+$"
    rf"|\border{GAP}by{GAP}\d+(?:{GAP0},{GAP0}[\w()'@]{{1,40}}){{0,80}}\s*+(?:--|\#|/\*)|;\s*+--(?![a-z])|=\s?\*/|\*/\s?="
    rf"|=\s*+\(?(?:\d{{1,20}}|{QUOTE}\w{{0,30}}{QUOTE})\)?\s*+(?:--|\#|/\*){_REST}",
    "--",
    "#",
    "/*",
    "*/",
)
_ANYTHING = Shape(rf"\blike{GAP0}{QUOTE}%|\bhaving{GAP}\d+\s*+[=<>]", "%", "having")

# The first quote of a line (apostrophes inside words aside) closes a string that began in somebody else's statement.
_LEADING = r"(?m:^)(?:[^'\"‘“´`\n]|(?<=\w)['’](?=\w))*+(?P<at>['\"‘“´`])"
_CLOSING = r"(?:['\")\] \t\r]|/\*[^*]{0,80}\*/)*+"
_OPERAND = (
    rf"[\w.@$]{{1,80}}{GAP0}"
    rf"(?:=|<>|!=|in{GAP0}\(|is{GAP}(?:not{GAP})?null|between{GAP}\d|r?like{GAP0}{QUOTE}|regexp\b|\()"
)
_QUOTES = ("'", '"', "‘", "“", "´", "`")
_BROKEN_QUOTE = Shape(
    rf"{_LEADING}{_CLOSING}"
    rf"(?:(?:(?:or|and|xor|having|where)\b|\|\||&&){GAP0}\(*+(?:{_OPERAND}|\d++\s*+{_COMMENT}|(?:not|exists){GAP0}[()])"
    # 'or' between quotes is a quoted word; with a space before it, it joins conditions
    rf"|(?<=[\s)])(?:or|and|xor){GAP0}\(*+{QUOTE}\w{{0,30}}+{QUOTE}?\s*+$"
    rf"|;?+\s*+{_COMMENT}{_REST}|=\s*+(?:\d|['\"]\s*+(?:or|and)\b)"
    rf"|;\s*+(?:exec|execute|declare|shutdown|waitfor|begin|if|drop)\b"
    rf"|r?like{GAP0}(?:{QUOTE}|\w{{1,30}}\()|\|\|\s*+[\w(]|,{GAP0}null\b|(?:order|group){GAP}by{GAP}(?:\d|\w+{GAP}having\b))",
    *_QUOTES,
)
_QUOTE_TO_QUOTE = Shape(
    rf"(?m:^)[^\w'\"\n]*+(?P<at>['\"‘´])(?:\s*+\)++)?+(?:\s++(?:or|and|xor)|\s*+(?:\|\||&&))\s*+\(*+{QUOTE}", *_QUOTES
)
_ONLY_QUOTES = Shape(r"^(?=[^'\"]*+['\"])[^\w\s\x80-\U0010ffff](?:[^\w\x80-\U0010ffff]|\s)++$", "'", '"')

_WAITING = Shape(
    r"(?:^|[=(,;|&+'\")]|\b(?:or|and|select|if|when|then|else|by|where)[\s(]|\*/)\s*+(?P<at>)sleep\s*+\(\s*+[\d_'\"(]"
    r"|\bpg_sleep\b|\bbenchmark\s*+\(\s*+\d|\brandomblob\s*+\(|\bdbms_(?:pipe|lock|session)\.\w",
    "sleep",
    "benchmark",
    "randomblob",
    "dbms_",
)
_PROBING = Shape(
    r"\b(?:utl_(?:http|inaddr|smtp|file|tcp|raw)|dbms_\w{1,30}|ctxsys|xmltype)\.\w|\bxp_(?:cmdshell|dirtree|subdirs|fileexist|fixeddrives|reg\w+|enum\w+|ntsec\w*|loginconfig|makecab|msver|servicecontrol|"
    r"availablemedia|terminate_process|sprintf)\b"
    r"|\bsp_(?:oacreate|oamethod|executesql|password|addextendedproc|makewebtask|configure|who)\b"
    r"|\b(?:extractvalue|updatexml|load_file|sys_eval|sys_exec|pg_read_file|lo_import|group_concat|name_const|sys_context|"
    r"xmltype|bfilename|is_srvrolemember|make_set|current_setting)\(|@@[a-z]\w{2,}",
    "utl_",
    "dbms_",
    "ctxsys.",
    "xmltype(",
    "xmltype.",
    "xp_",
    "sp_",
    "extractvalue(",
    "updatexml(",
    "load_file(",
    "sys_",
    "pg_read_file",
    "lo_import",
    "group_concat",
    "name_const",
    "bfilename(",
    "srvrolemember(",
    "make_set",
    "current_setting",
    "@@",
)
_MEASURING = Shape(
    r"\b(?:substring|substr|mid|ascii|ord|length|bin|elt|lower|hex)\s*+\((?:\s|\()*+"
    r"(?:select\b|@@|version\s*+\(|user\s*+\(|database\s*+\()",
    "select",
    "@@",
    "version",
    "user",
    "database",
    needs=("(",),
)
_CATALOGUE = Shape(
    rf"\b(?:from|join|into){GAP}(?:(?:syscat|sysibm|sys|mysql|master|pg_catalog)\.{{1,2}}\w|(?:information_schema|sysobjects|syscolumns|"
    rf"pg_(?:class|user|shadow|tables|database|roles|authid|stat_\w+)|(?:all|user|dba)_(?:tab\w*|users|objects|role\w*|sys_\w+)|"
    rf"sqlite_(?:temp_)?master|msysaccessobjects|msysobjects|v\$\w+|rdb\$\w+)\b)"
    rf"|\bfrom{GAP}dual\s*+(?:$|[);'\"]|--|\#)",
    "information_schema",
    "sysobjects",
    "syscolumns",
    "sys.",
    "sysibm.",
    "syscat.",
    "mysql.",
    "master.",
    "sqlite_master",
    "pg_",
    "all_",
    "user_",
    "dba_",
    "sqlite_",
    "v$",
    "rdb$",
    " dual",
    "+dual",
    "/dual",
)
_CODES = Shape(
    r"\b(?:n?cha?r)\s?\(\s*+(?:0x[0-9a-f]{1,8}|\d{1,5})\s*+(?:,\s*+\d{1,5}\s*+)+\)"
    r"|cha?r\s?\(\s*+\d{1,5}\s*+\)\s*+(?:\+|\|\||,|%2b)\s*+n?cha?r\s*+\("
    r"|\bconcat(?:_ws)?\s?\(\s*+0x|\bunhex\s?\(\s*+['\"\d]|\b(?:select|union|convert|like|hex)[\s(]{1,8}0x[0-9a-f]{2}"
    r"|\bconvert\s?\(\s*+(?:int|n?varchar|char)\b"
    r"|\bcast\s?\((?:[^()\n]|\([^()\n]{0,80}+\)){1,80}?\sas\s++(?:int|n?varchar|n?char|numeric|signed|unsigned|decimal)\b",
    "char(",
    "char (",
    "chr(",
    "chr (",
    "concat",
    "unhex",
    "0x",
    "convert(",
    "convert (",
    "cast(",
    "cast (",
    needs=("(",),
)
_HEXADECIMAL = Shape(
    r"@\w+\s*+=\s*+0x[0-9a-f]{4}|\b(?:select|union|like)\s++0x[0-9a-f]{2}"
    # Hexadecimal that reads as letters, in ASCII or UTF-16: an address or a colour does not.
    r"|\b0x(?:(?:[4-7][0-9a-f]|2[0-9a-f]|3[0-9])(?:00)?){8}",
    "0x",
)
_SPLIT_WORD = Shape(r"[a-z]/\*[^*\n]{0,40}\*/[a-z(]", "/*")
_FILTER = Shape(
    r"\([|&!]\s*+\(\w|\(\w{1,30}=\*\)|\bchild::|\bname\(\)\s*+=", "(|", "(&", "(!", "=*)", "child::", "name()"
)

RULES = (
    Rule("sql_union", "a UNION SELECT", (_UNION,)),
    Rule("sql_condition", "an SQL condition between constants", (_NUMBERS, _TEXTS, _ITSELF, _GLUED, _SUBQUERY)),
    Rule(
        "sql_cut_off", "an SQL comment or pattern that cuts a statement or word off", (_CUT_OFF, _ANYTHING, _SPLIT_WORD)
    ),
    Rule(
        "sql_quote",
        "a quote that closes a string of somebody else's statement",
        (_BROKEN_QUOTE, _QUOTE_TO_QUOTE, _ONLY_QUOTES),
    ),
    Rule("sql_function", "a function used to probe a database blindly", (_WAITING, _PROBING, _MEASURING)),
    Rule("sql_catalogue", "a query of a database's own tables", (_CATALOGUE,)),
    Rule("sql_encoded", "SQL spelt in character codes", (_CODES, _HEXADECIMAL)),
    Rule("query_filter", "a piece of an LDAP filter or an XPath query", (_FILTER,)),
)
