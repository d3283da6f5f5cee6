"""Whether a goal asks for something besides what a template is for, which the template would drop without a word.

    "Deploy the shop and delete the old database"      a second wish: "delete the old database"
    "Deploy the shop and the search"                   none: no verb
    "Deploy nothing to production"                     the opposite of the first one

Errs on the side of a second wish: the goal then goes to a model, or is refused with advice.
"""

from __future__ import annotations

import re

_VERBS = frozenset(
    (
        *("activate", "add", "alert", "allow", "analyse", "analyze", "announce", "apply", "approve"),
        *("archive", "arrange", "ask", "assign", "attack", "back", "ban", "block", "book", "borrow", "bring"),
        *("broadcast", "build", "burn", "buy", "call", "cancel", "change", "charge", "check", "choose"),
        *("clean", "clear", "close", "compare", "configure", "confirm", "contact", "convert", "copy"),
        *("create", "cut", "deactivate", "decide", "decommission", "delete", "deliver", "demolish", "deploy"),
        *("destroy", "disable", "discard", "dismiss", "donate", "download", "draft", "drop", "email", "empty"),
        *("enable", "encrypt", "end", "erase", "export", "fill", "find", "finish", "fire", "fix", "forget"),
        *("format", "forward", "get", "give", "grant", "hack", "hide", "hire", "host", "import", "inform"),
        *("install", "invest", "invite", "keep", "kick", "kill", "launch", "leak", "leave", "lock", "mail"),
        *("make", "merge", "message", "migrate", "monitor", "move", "notify", "open", "order", "organise"),
        *("organize", "overwrite", "pay", "phone", "play", "post", "prepare", "print", "promote", "publish"),
        *("purchase", "purge", "push", "put", "read", "reboot", "refund", "release", "remind", "remove"),
        *("rename", "rent", "repair", "replace", "report", "research", "reserve", "reset", "restart"),
        *("restore", "revoke", "rotate", "run", "sack", "save", "schedule", "search", "sell", "send", "set"),
        *("share", "ship", "show", "shred", "shut", "sign", "start", "steal", "stop", "store", "submit"),
        *("sue", "suggest", "summarise", "summarize", "suspend", "switch", "take", "tell", "terminate"),
        *("test", "text", "throw", "train", "transfer", "translate", "truncate", "turn", "tweet", "uninstall"),
        *("update", "upgrade", "upload", "wake", "wipe", "wire", "withdraw", "write"),
    )
)
_NO_VERBS = frozenset(
    (
        *("a", "about", "across", "after", "all", "also", "am", "among", "an", "and", "any", "are", "around"),
        *("as", "at", "be", "because", "been", "before", "between", "both", "but", "by", "can", "could"),
        *("did", "do", "does", "during", "each", "either", "even", "every", "except", "for", "from", "had"),
        *("has", "have", "he", "her", "his", "how", "i", "if", "in", "including", "into", "is", "it", "its"),
        *("just", "many", "may", "might", "more", "most", "must", "my", "near", "no", "not", "of", "off"),
        *("on", "only", "onto", "or", "our", "out", "over", "per", "should", "since", "so", "some", "than"),
        *("that", "the", "their", "them", "then", "these", "they", "this", "those", "through", "to", "under"),
        *("until", "up", "upon", "via", "was", "we", "were", "what", "when", "where", "whether", "which"),
        *("while", "who", "whom", "whose", "why", "will", "with", "within", "without", "would", "you", "your"),
    )
)
_JOINT = re.compile(
    r"(?:\b(?:and|then|also|plus|but|or|while|afterwards|before that|after that|as well as|finally|next)\b|"
    r"[,.;:!?&\n–—]|\s-\s)"
    r"[\s,;]*(?:(?:and|then|also|please|next|finally|afterwards|later|i|we|you|want|need|must|should|to|have|will)\b[\s,;]*)*",
    re.IGNORECASE,
)
_VERB_PHRASE = re.compile(r"([A-Za-z][a-z]*)(?:\s+(\S+))?")
_DETERMINER = re.compile(
    r"(?:the|a|an|my|our|your|his|her|their|its|it|them|him|me|us|all|every|each|any|some|this|that|these|those|everything|"
    r"everybody|everyone)\b",
    re.IGNORECASE,
)
_OPPOSITE = re.compile(
    r"\W*(?:absolutely |just |simply )?(?:nothing|nobody|nowhere|no|none|not|never|neither)\b", re.IGNORECASE
)
_NEGATED = re.compile(r"\b(?:do not|don'?t|must not|mustn'?t|never|no longer)\b", re.IGNORECASE)


def second_wish(text: str, covered: re.Pattern[str] | None = None) -> str | None:
    """The words of a second wish, at most 60 characters, or None.

    Args:
        text: the goal behind its leading verb.
        covered: what a template does anyway, matched at the beginning of a wish.
    """
    opposite = _OPPOSITE.match(text) or _NEGATED.search(text)
    if opposite:
        return text[opposite.start() :][:60].strip()
    for joint in _JOINT.finditer(text):
        start = joint.end()
        if _asks(text, start) and not (covered and covered.match(text, start)):
            return text[start : start + 60].strip()
    return None


def _asks(text: str, start: int) -> bool:
    """Whether what begins here is a verb with its object."""
    found = _VERB_PHRASE.match(text, start)
    if found is None:
        return False
    word, object_ = found[1].lower(), found[2] or ""
    if word in _NO_VERBS:
        return False
    if word in _VERBS:
        return True
    inflected = word.endswith(("ing", "ed")) or (word.endswith("s") and not word.endswith("ss"))
    return not inflected and (bool(_DETERMINER.match(object_)) or (found[1].islower() and object_[:1].isupper()))
