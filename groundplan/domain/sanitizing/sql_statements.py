"""Rules about whole SQL statements, told from English by their grammar.

"Update inventory", "Delete from the list what is old" and "select a winner from the entries" are goals: English puts
articles, prepositions and nouns where SQL needs an identifier, a SET, a condition or the statement's end.
"""

from __future__ import annotations

from groundplan.domain.sanitizing.rule import Rule, Shape

GAP_ONE = r"(?:\s|\+|/\*!?[^*]{0,80}\*/|/\*!\d{0,6}|\*/)"
GAP = GAP_ONE + "++"  # what separates two words of SQL: space, comment, or + of a URL
GAP0 = GAP_ONE + "*+"
QUOTE = r"['\"‘’“”´`]"

_ENGLISH = r"(?!(?:the|an?|my|your|our|his|her|its|their|th(?:is|at|ese|ose)|all|each|every|any|some|both)\b)"
_NAME = r"[\w$.\"`\[\]]{1,80}+"
_COMMENT = r"(?:--|\#|/\*)"
CONDITION = (
    rf"(?:\d|not\b|exists\b|[\w.`\"'\[\]@()$]{{1,80}}{GAP0}"
    rf"(?:=|<|>|!=|r?like{GAP0}{QUOTE}|in{GAP0}\(|is{GAP}(?:not{GAP})?null\b|between{GAP}[\d'\"]))"
)
_FUNCTION = (
    r"(?:count|sum|min|max|avg|concat|group_concat|substr|substring|ascii|cha?r|cast|convert|coalesce|user|database|"
    r"version|schema|hex|unhex|md5|sha1|length|sleep|benchmark|if|iif|case|exists|distinct|[a-z]++_\w++)"
)
_COLUMN = rf"[\w.*\"`\[\]]{{1,80}}+(?:{GAP}as{GAP}\w{{1,60}}+)?+"
_OBJECT = r"(?:table|database|schema|view|index|user|role|login|trigger|procedure|function|column|sequence)"
_TYPE = r"(?:int|integer|bigint|serial|varchar2?|char|text|number|numeric|decimal|date|datetime|timestamp|bool|uuid)"

_SELECT_VALUES = Shape(
    rf"select(?<!\wselect)(?:{GAP}|(?=\())\(?(?:distinct{GAP}|all{GAP}|top{GAP}\d+{GAP})?+"
    rf"(?:\*{GAP0}(?:from\b|,|into\b|\)|$)|@@\w|@\w+{GAP0}(?::?=|,)|null{GAP0}[,)]|\d+{GAP0}(?:,{GAP0}(?:null\b|@@|\w+\()|--|\#)"
    rf"|{QUOTE}[^'\"\n]{{0,60}}{QUOTE}{GAP0}(?:\|\||,{GAP0}(?:\d|null\b|@@)))",
    "select",
)
_SELECT_CALL = Shape(
    rf"select(?<!\wselect)(?:{GAP}|(?=\())\(?{GAP0}(?:(?:distinct|all){GAP})?+{_FUNCTION}(?:/\*[^*]{{0,80}}\*/)?\((?!e?s\))"
    rf"|select(?<!\wselect)\(?{GAP}\(?{GAP0}case{GAP}when\b|\bif{GAP}(?:not{GAP})?+exists{GAP0}\({GAP0}select\b",
    "select",
)
_SELECT_FROM = Shape(
    rf"select(?<!\wselect){GAP}(?:distinct{GAP})?+{_COLUMN}(?:{GAP0},{GAP0}{_COLUMN}){{0,40}}+{GAP}from{GAP}{_ENGLISH}{_NAME}"
    rf"(?:{GAP}where{GAP}{CONDITION}|{GAP}(?:order|group){GAP}by\b|{GAP}limit{GAP}\d|{GAP}union\b"
    rf"|\s*+;\s*+(?:$|['\"#]|--)|\s*+{_COMMENT})"
    rf"|select(?<!\wselect){GAP}{_COLUMN}(?:{GAP0},{GAP0}{_COLUMN}){{1,40}}+{GAP}from{GAP}{_ENGLISH}{_NAME}\s*+[)'\"]*+$",
    "select",
)
_DELETE = Shape(
    rf"delete(?<!\wdelete){GAP}from{GAP}{_ENGLISH}{_NAME}(?:{GAP}where{GAP}{CONDITION}|\s*+;?+\s*+{_COMMENT}|\s*+;\s*+(?:$|{QUOTE}))"
    rf"|(?:^|[;'\")\n])[ \t]*+(?P<at>)delete{GAP}from{GAP}{_ENGLISH}{_NAME}\s*+;?+\s*+$",
    "delete",
)
_INSERT = Shape(
    rf"(?:insert|replace)(?<!\winsert)(?<!\wreplace){GAP}(?:ignore{GAP})?+into{GAP}{_NAME}{GAP0}"
    rf"(?:\([^()]{{0,400}}+\){GAP0})?+(?:values?+\b|select\b|default{GAP}values\b|set{GAP}\w+{GAP0}=)",
    "into",
)
_UPDATE = Shape(rf"update(?<!\wupdate){GAP}(?:only{GAP})?+{_NAME}{GAP}set{GAP}[\w.\"`\[\]]{{1,80}}+{GAP0}=", "update")
_DROP = Shape(
    rf"(?:drop|truncate)(?<!\wdrop)(?<!\wtruncate){GAP}{_OBJECT}{GAP}(?:if{GAP}exists\b|{_NAME}\s*+(?:;|{_COMMENT}|cascade\b|restrict\b))"
    rf"|(?:^|[;'\")\n]|--)[ \t]*+(?P<at>)(?:drop|truncate){GAP}(?:table|database|schema){GAP}{_ENGLISH}{_NAME}"
    r"\s*+['\")]*+\s*+$",
    "drop",
    "truncate",
)
_DEFINE = Shape(
    rf"alter{GAP}(?:table|user|database|login){GAP}{_NAME}{GAP}(?:add|drop|modify|alter|rename|change|identified|set|with){GAP}\w"
    rf"|create{GAP}(?:temp(?:orary)?+{GAP}|or{GAP}replace{GAP})?+{_OBJECT}{GAP}(?:if{GAP}not{GAP}exists{GAP})?+{_NAME}{GAP0}"
    rf"(?:\({GAP0}[\w\"`]{{1,60}}{GAP}{_TYPE}\b|as{GAP}select\b|identified{GAP}by\b|with{GAP}password\b)",
    "alter",
    "create",
)
_GRANT = Shape(
    rf"(?:grant|revoke){GAP}(?:(?:connect|resource|dba){GAP}(?:to|from)\b|all(?:{GAP}privileges)?+{GAP}on{GAP}(?:\*|\w+\.|(?:table|database|schema){GAP}\w)"
    rf"|(?:select|insert|update|delete|execute)(?:{GAP0},{GAP0}\w+){{0,8}}{GAP}on{GAP}{_NAME}{GAP}(?:to|from)\b)",
    "grant",
    "revoke",
)
_PROCEDURAL = Shape(
    rf"\bexec(?:ute)?+{GAP}(?:(?:master|msdb)\b|[sx]p_|immediate\b|@\w)|\bdeclare{GAP}@\w|\bwaitfor{GAP}(?:delay|time)\b"
    rf"|\bshutdown{GAP}with{GAP}nowait|\binto{GAP}(?:outfile|dumpfile)\b|\bload{GAP}data{GAP}(?:local{GAP})?+infile\b"
    rf"|\bprocedure{GAP}analyse\b",
    "exec",
    "declare",
    "waitfor",
    "shutdown",
    "outfile",
    "dumpfile",
    "infile",
    "analyse",
)
_CASE = Shape(rf"\bcase{GAP}when{GAP0}[(\d'\"]", needs=("case", "when"))

# Capitals are how statements are written out and prose is not: here fewer words make the shape.
_NOT_CAPITAL_PROSE = r"(?!(?:THE|AN?|MY|YOUR|OUR|THIS|THAT|THESE|THOSE|ALL|EACH|EVERY|ANY)\b)"
_CAPITALS = Shape(
    rf"\b(?:DROP|TRUNCATE|ALTER|CREATE){GAP}{_OBJECT.upper()}{GAP}{_NOT_CAPITAL_PROSE}[\w\"`\[]"
    rf"|\bDELETE{GAP}FROM{GAP}{_NOT_CAPITAL_PROSE}[\w\"`\[]|\bINSERT{GAP}INTO{GAP}{_NOT_CAPITAL_PROSE}[\w\"`\[]"
    rf"|\bUPDATE{GAP}{_NAME}{GAP}SET{GAP}\w|\bSELECT\b[^\n;]{{1,200}}?\bFROM{GAP}{_NOT_CAPITAL_PROSE}[\w\"`\[(]",
    "DROP",
    "TRUNCATE",
    "ALTER",
    "CREATE",
    "DELETE",
    "INSERT",
    "UPDATE",
    "SELECT",
    cased=True,
)

RULES = (
    Rule("sql_query", "an SQL query", (_SELECT_VALUES, _SELECT_CALL, _SELECT_FROM)),
    Rule("sql_change", "an SQL statement that changes rows", (_DELETE, _INSERT, _UPDATE)),
    Rule("sql_definition", "an SQL statement that changes tables, users or rights", (_DROP, _DEFINE, _GRANT)),
    Rule("sql_procedure", "an SQL command that runs, waits or writes files", (_PROCEDURAL, _CASE)),
    Rule("sql_capitals", "an SQL statement in capitals", (_CAPITALS,)),
)
