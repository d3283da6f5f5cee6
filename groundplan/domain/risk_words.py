"""Words by which the risk rules know what a task does to the world, and what its tool does.

English in some breadth, the plainest verbs of German, French, Spanish, Italian, Portuguese and Dutch; a plan in another
language is judged by what its tasks and tools declare.
"""

from __future__ import annotations

import re


def _any_of(*patterns: str) -> re.Pattern[str]:
    # One word boundary in front of all and lower case only: six times as fast as the plain alternation.
    return re.compile(rf"\b(?:{'|'.join(patterns)})")


_THE = r"(?:\w+ ){0,3}"
_KEPT_DATA = r"(?:bucket|collection|column|data|database|index|partition|record|row|schema|table|user)s?"
_DEVICE = r"(?:data|database|device|disk|drive|laptop|memory|phone|prod|production|record|server|storage|volume)s?"
_RUNNING = (
    r"(?:cluster|container|database|environment|host|instance|machine|network|node|plant|pod|process|prod|production|"
    r"server|service|system|vm)(?:e?s)?"
)
_RIGHTS = r"(?:access|account|backup|credential|customer|database|permission|production|server|tenant|user|volume)s?"
_MONEY = r"(?:fund|money|payment|salar(?:y|ie)|usd|eur|euro|dollar|pound|gbp|chf|bitcoin|btc)s?\b"
_SUM = rf"(?:.{{0,30}}?\b{_MONEY}|.{{0,20}}?[$€£¥]|(?:[\w'’]+ ){{0,3}}\d[\d.,]* ?(?:million|thousand|billion|mio)\b)"

GRAVE = _any_of(
    r"(?:delet|purg|destroy|overwrit|truncat|revok|deactivat|decommission)(?:e|es|ed|ing|s)?\b",
    r"deletion of\b",
    r"(?:terminat|eras)(?:e|es|ed|ing)\b",
    rf"drop(?:s|ping)? {_THE}(?:{_KEPT_DATA}|prod|production)\b",
    rf"wip(?:e|es|ing) {_THE}{_DEVICE}\b",
    rf"remov(?:e|es|ing) (?:(?:all|every)\b.{{0,25}}\b(?:{_RIGHTS}|{_KEPT_DATA})|{_THE}{_RIGHTS})\b",
    r"remov(?:e|es|ing) everything\b",
    rf"empt(?:y|ies|ying) {_THE}(?:account|bucket|database|queue|vault)s?\b",
    rf"(?:kill|stop|reboot|restart)(?:s|ing|ping)? {_THE}(?:prod|production)\b",
    rf"kill(?:s|ing)? {_THE}{_RUNNING}\b",
    rf"reset(?:s|ting)? {_THE}(?:account|cluster|data|database|environment|prod|production|server)s?\b",
    rf"shut(?:s|ting)? (?:down {_THE}{_RUNNING}|{_THE}{_RUNNING} down)\b",
    rf"(?:turn|switch)(?:s|es|ing)? off {_THE}{_RUNNING}\b",
    rf"disabl(?:e|es|ing) {_THE}(?:account|alarm|alert|authentication|backup|firewall|logging|monitoring|user)s?\b",
    r"format(?:s|ting)? (?:the |a )?(?:card|database|disk|drive|partition|volume)s?\b",
    r"(?:rm -\w*[rf]|force.?push|factory.?reset)",
    r"(?:buy|buys|buying|purchas(?:e|es|ing)|refund(?:s|ing)?)\b",
    r"pay(?:s|ing)?\b(?! (?:attention|heed|close|special))",
    r"(?:plac|mak|submit)\w* (?:an?|the) (?:\w+ )?order\b",
    r"\Aorder(?:s|ing)?\b(?! of\b)",
    rf"charg(?:e|es|ing) {_THE}(?:account|card|client|customer|user)s?\b",
    rf"(?:transfer|wire|wiring|send|remit|donat|lend)(?:s|es|e|ing|ring)? {_SUM}",
    rf"withdraw(?:s|ing)? {_SUM}",
    rf"mak(?:e|es|ing) {_THE}payments?\b",
    rf"sell(?:s|ing)? {_THE}(?:asset|bond|car|company|house|position|share|stock)s?\b",
    rf"sign(?:s|ing)? {_THE}(?:contract|agreement|lease|deal)s?\b",
    rf"cancel(?:s|ling|ing)? {_THE}(?:account|booking|contract|flight|insurance|membership|order|policy|reservation|"
    r"subscription)s?\b",
    rf"(?:fir(?:e|es|ing)|lay(?:s|ing)? off|dismiss(?:es|ing)?) {_THE}(?:employee|engineer|people|staff|worker)s?\b",
    r"(?:deploy|releas|roll|migrat|switch|push|launch|promot|ship)\w*\b.{0,60}\b(?:production|prod|live|customers)\b",
    r"(?:go|going) live\b",
    # German
    r"(?:lösch(?:e|en|t|ung)|vernicht(?:e|en|et)|überweis(?:e|en|t|ung)|kündig(?:e|en|t)|storniere?n?)\b",
    r"(?:be)?zahl(?:e|en|t)\b(?! \d)",
    r"(?:kaufen|kaufe|bestelle|bestellen)\b",
    # French
    r"(?:supprim(?:er|e|ez|ons)|effac(?:er|e|ez)|détrui(?:re|s|sez)|rembours(?:er|ez)|résili(?:er|ez))\b",
    r"(?:payer|payez|achet(?:er|ez|e)|achète|effectue\w* (?:un |le )?virement)\b",
    # Spanish, Italian, Portuguese
    r"(?:elimin(?:ar|are|a|e|en|i)|borr(?:ar|a|e|en)|cancell(?:are|a)|apag(?:ar|ue)|exclu(?:ir|a))\b",
    r"(?:destru(?:ir|ya|ye|a)|distrugg(?:ere|i)|transfer(?:ir|isci|ire)|transfier[ea]|bonifica(?:re)?)\b",
    r"(?:pag(?:ar|are|a|ue|hi)|compr(?:ar|are|e|a)|acquista(?:re)?)\b",
    # Dutch
    r"(?:verwijder(?:en)?|vernietig(?:en)?|betaal|betalen|overmaken|overboeken|opzeggen)\b",
)
"""What cannot be taken back: data gone, services down, money spent, contracts ended, customers reached."""

SPENDING = _any_of(
    r"(?:buy|buys|buying|purchas(?:e|es|ing)|rent(?:s|ing)?|hir(?:e|es|ing)|book(?:s|ing)?|procur(?:e|es|ing))\b",
    r"pay(?:s|ing)?\b(?! (?:attention|heed|close|special))",
    r"(?:plac|mak|submit)\w* (?:an?|the) (?:\w+ )?order\b",
    r"\Aorder(?:s|ing)?\b(?! of\b)",
    rf"(?:transfer|wire|wiring|send|remit|donat|lend|spend|invest)(?:s|es|e|ing|ring)? {_SUM}",
    r"(?:be)?zahl(?:e|en)\b|(?:kaufe|kaufen|bestelle|bestellen)\b",
    r"(?:payer|payez|achet(?:er|ez)|pag(?:ar|are|ue)|compr(?:ar|are|e)|acquistare|betaal|betalen)\b",
)
"""What costs money beside the work itself: nobody knows how much until it is said."""

OUTWARD = _any_of(
    r"(?:send|e-?mail|publish|announce|notify|submit|tweet|broadcast|invite)(?:s|ing|es)?\b",
    r"post(?:s|ing)?\b(?!-|\s*process)",
)
"""What others see once it is done."""

TOOL_GRAVE = frozenset(
    (
        *(
            "buy",
            "cancel",
            "charge",
            "delete",
            "deploy",
            "destroy",
            "disable",
            "drop",
            "erase",
            "kill",
            "order",
            "overwrite",
        ),
        *(
            "pay",
            "payout",
            "purchase",
            "purge",
            "refund",
            "remove",
            "reset",
            "revoke",
            "rm",
            "sell",
            "shutdown",
            "terminate",
        ),
        *("transfer", "truncate", "uninstall", "wipe", "wire", "withdraw"),
    )
)
"""Parts of a tool's name (`bank.transfer`) that say of its effect what `GRAVE` says of a task."""

TOOL_OUTWARD = frozenset(
    (
        *(
            "announce",
            "broadcast",
            "forward",
            "invite",
            "notify",
            "post",
            "publish",
            "release",
            "reply",
            "send",
            "share",
        ),
        *("submit", "tweet"),
    )
)
"""Parts of a tool's name (`email.send`) that say that others see its effect."""

TOOL_READS = frozenset(
    (
        *("check", "count", "describe", "diff", "fetch", "find", "get", "history", "inspect", "list", "lookup", "plan"),
        *("preview", "query", "read", "search", "show", "status", "validate", "verify", "view", "watch"),
    )
)
"""What a tool's action begins with that only looks: `order.get`, `deploy.status`."""

CHECK = _any_of(
    r"(?:review|verif|validat|approv|confirm|inspect|audit|proofread|rehears)",
    r"(?:check|test)(?:s|ed|ing)?\b",
    r"(?:dry.?run|back.?up|sign.?off)",
)
"""What makes it less likely that the next task does harm."""

OUTSIDE = _any_of(
    r"(?:third.party|external)\b",
    r"(?:vendor|supplier|contractor|partner|customer|client|provider|api|webhook)s?\b",
    r"agenc(?:y|ies)\b",
)
"""Whom or what the plan does not command."""

SECRET = _any_of(
    r"(?:passwords?|passphrases?|credentials?|api.?keys?|private keys?|access tokens?|secret keys?)\b",
    r"secrets\b(?! of\b)",
)
"""What must not be seen by everybody."""


def mention(words: re.Pattern[str], text: str) -> str:
    """The first of the words that the text has, in lower case; empty if it has none."""
    found = words.search(text.lower())
    return found[0] if found else ""
