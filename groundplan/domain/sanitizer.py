"""The door for text that will reach a prompt: goals, feedback, reasons, approval edits, domain notes, task texts.

    sanitize_text("Plan a trip; rm -rf /")   raises PlanningError E5004, rule shell_command at position 11

Judged by rules of shape (`groundplan.domain.sanitizing`, listed in docs/sanitizer.md), on the text itself and on its
decoded reading. This keeps what only attacks look like away from prompts, logs and pages; it makes no text safe to
paste into a shell, a query or a page: whoever does that quotes it there.
"""

from __future__ import annotations

from dataclasses import dataclass

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.sanitizing.catalogue import RULES, RULES_BY_POLICY
from groundplan.domain.sanitizing.rule import Policy, Rule
from groundplan.domain.sanitizing.text import MAX_LENGTH
from groundplan.domain.sanitizing.views import kept, views_of

__all__ = ["MAX_LENGTH", "RULES", "Policy", "Refusal", "Rule", "find_refusal", "sanitize_text"]

_EXCERPT = 20


@dataclass(frozen=True)
class Refusal:
    """Why a text is refused.

    Attributes:
        rule: name of the rule, see `RULES`.
        position: offset (code points, from 0) in the text as it was given.
        excerpt: at most 20 characters from there, unprintable ones escaped. For who wrote it, never for logs.
    """

    rule: str
    position: int
    excerpt: str


def find_refusal(text: str, policy: Policy = Policy.STANDARD) -> Refusal | None:
    """The first rule of the policy that refuses the text, or None. Pure, linear in the length, raises nothing."""
    if len(text) > MAX_LENGTH:
        # Said before anything is decoded: the length bounds the work.
        return Refusal("too_long", MAX_LENGTH, _excerpt(text, MAX_LENGTH))
    views = views_of(text)
    for rule in RULES_BY_POLICY[policy]:
        position = rule.find(views)
        if position is not None:
            return Refusal(rule.name, position, _excerpt(text, position))
    return None


def sanitize_text(text: str, policy: Policy = Policy.STANDARD, *, what: str = "goal text") -> str:
    """The text, ready to be stored and put into a prompt.

    Line endings become line feeds and blanks around the text are dropped (a byte order mark too); nothing else is
    changed, and what was returned once is returned unchanged. Positions count in the text as it was given.

    Args:
        text: what somebody wrote.
        policy: how strictly it is judged.
        what: how the error names the text ("feedback", "reason" …).

    Raises:
        PlanningError: E5004, with details rule, position, policy and length; the text itself is in none of its parts.
    """
    refusal = find_refusal(text, policy)
    if refusal is not None:
        raise _error(refusal, len(text), policy, what)
    return kept(text).text


def _error(refusal: Refusal, length: int, policy: Policy, what: str) -> PlanningError:
    rule = next(rule for rule in RULES if rule.name == refusal.rule)
    return PlanningError(
        ErrorCode.GOAL_REFUSED,
        f"The {what} was refused by rule {rule.name!r} at position {refusal.position}: it contains {rule.reason}.",
        details={
            "rule": refusal.rule,
            "position": refusal.position,
            "policy": policy.value,
            "length": length,
        },
        recovery_suggestion=_suggestion(refusal, policy),
    )


def _suggestion(refusal: Refusal, policy: Policy) -> str:
    if refusal.rule == "too_long":
        return f"Shorten the text to at most {MAX_LENGTH:,} characters."
    if refusal.rule == "empty":
        return "Say in words what is to be achieved."
    further = {
        Policy.STRICT: " Policy 'standard' judges SQL by the shape of statements.",
        Policy.STANDARD: " Policy 'prose' judges metacharacters by the shape they stand in.",
        Policy.PROSE: "",
    }
    return f"Put what stands at position {refusal.position} into plain words.{further[policy]}"


def _excerpt(text: str, position: int) -> str:
    shown = ""
    for character in text[position : position + _EXCERPT]:
        escaped = character if character.isprintable() else character.encode("unicode_escape", "replace").decode()
        if len(shown) + len(escaped) > _EXCERPT:
            break
        shown += escaped
    return shown
