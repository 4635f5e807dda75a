"""Automatic answers: which rule of a tenant answers a message, and why the others do not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from messaging.business_hours import BusinessHours
from messaging.patterns import PatternTimeoutError, matches
from messaging.sentences import Sentence
from messaging.service_window import is_open

Origin = Literal["customer", "echo", "history"]
During = Literal["always", "business_hours", "outside_business_hours"]

FRESH = timedelta(hours=1)
"""A message older than this gets no automatic answer: after an outage webhooks come days late, and who wrote last night
is answered by a person who reads the thread, not by "we will be right with you"."""

ANSWERED_TYPES = frozenset({"text", "button", "interactive"})
"""What a person worded or tapped. A caption goes with a file that somebody has to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoReplyRule:
    """One rule; a smaller `position` comes first."""

    id: UUID
    position: int
    match: str
    """equals | contains | starts_with | regex"""
    pattern: str
    once_per: timedelta = timedelta(0)
    """A contact gets this answer once in so long; 0: every time."""
    during: During = "always"
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """What came in, as far as rules need it."""

    type: str
    text: str | None
    at: datetime
    origin: Origin = "customer"
    is_group: bool = False
    window_closes_at: datetime | None
    may_be_answered: bool = True
    """False when the contact asked for no messages."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule says to a message; `reason` is for the person who tries rules out."""

    rule_id: UUID
    fires: bool
    reason: str


def decide(
    rules: Sequence[AutoReplyRule],
    incoming: Incoming,
    *,
    now: datetime,
    answered_at: Mapping[UUID, datetime],
    hours: BusinessHours | None,
) -> UUID | None:
    """Return the rule that answers: the first by position that fires, or None.

    Args:
        rules: of the tenant, in any order.
        incoming: the message.
        now: the time of the decision.
        answered_at: when each rule last answered this contact.
        hours: business hours; None: somebody is always there.
    """
    if refusal(incoming, now) is not None:
        return None
    verdicts = (judge(rule, incoming, now=now, answered_at=answered_at, hours=hours) for rule in in_order(rules))
    return next((verdict.rule_id for verdict in verdicts if verdict.fires), None)


def in_order(rules: Sequence[AutoReplyRule]) -> list[AutoReplyRule]:
    """Return rules as they are asked; of the same position, the older one first."""
    return sorted(rules, key=lambda rule: (rule.position, rule.id))


def refusal(incoming: Incoming, now: datetime) -> str | None:
    """Return why no rule at all may answer a message, None when one may."""
    checks = (
        (incoming.origin != "customer", "only what a customer writes is answered"),
        (incoming.is_group, "messages in groups are not answered"),
        (incoming.type not in ANSWERED_TYPES, "messages of this type are not answered"),
        (not (incoming.text or "").strip(), "the message has no text"),
        (now - incoming.at > FRESH, "the message is too old for an automatic answer"),
        (not incoming.may_be_answered, "the contact asked for no messages"),
        (not is_open(incoming.window_closes_at, now), "the service window is closed"),
    )
    return next((reason for applies, reason in checks if applies), None)


def judge(
    rule: AutoReplyRule,
    incoming: Incoming,
    *,
    now: datetime,
    answered_at: Mapping[UUID, datetime],
    hours: BusinessHours | None,
) -> Verdict:
    """Return what one rule says; arguments as `decide`."""
    reason = _reason_against(rule, incoming, now=now, answered=answered_at.get(rule.id), hours=hours)
    return Verdict(rule.id, reason is None, reason or Sentence("it answers"))


def _reason_against(
    rule: AutoReplyRule, incoming: Incoming, *, now: datetime, answered: datetime | None, hours: BusinessHours | None
) -> str | None:
    if not rule.is_active:
        return Sentence("the rule is switched off")
    if not _is_time_for(rule.during, now, hours):
        return Sentence("the rule is for another time of the day")
    if answered is not None and now - answered < rule.once_per:
        return Sentence("the contact has had this answer already in this period")
    try:
        fits = matches(rule.match, rule.pattern, incoming.text or "")
    except PatternTimeoutError:
        return Sentence("the regular expression takes too long; simplify it")
    return None if fits else Sentence("the text does not match")


def _is_time_for(during: During, now: datetime, hours: BusinessHours | None) -> bool:
    if during == "always":
        return True
    is_business_time = hours is None or hours.contain(now)
    return is_business_time == (during == "business_hours")
