"""One attempt: call Meta for a claimed message and judge what came of it. No database here."""

import random
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import orjson

from db.queries.claims import ClaimedMessage
from db.queries.outcomes import Outcome
from messaging import callback_data
from messaging.retry import NOT_SENDABLE, NOT_SENT, Decision, Rule, next_attempt
from observability.logging import get_logger
from observability.metrics import record_send, record_verdict
from settings import get_settings
from tasks.brakes import Refusal
from whatsapp.errors import Verdict
from whatsapp.graph import NotSent, OutcomeUnknown, Refused, SendAnswer
from whatsapp.items import Json
from whatsapp.outgoing import addressed

HELD_STATUSES = frozenset({"held_for_quality_assessment", "paused"})
"""Meta took the message but does not send it out yet (Meta: Service messages, message_status)."""


@dataclass(slots=True, frozen=True)
class Fate:
    """What a decision of messaging.retry makes of the attempt and of the message."""

    outcome: str
    status: str
    keeps_place: bool = False
    is_held: bool = False


FATES = {
    "retry": Fate("retry", "queued"),
    "fail": Fate("failed", "failed"),
    "unknown": Fate("unknown", "unknown"),
    "pause_channel": Fate("paused", "queued", keeps_place=True),
    "hold_template": Fate("paused", "queued", keeps_place=True, is_held=True),
}

REACTION = "reaction"
"""It names the message it is about in its own object; `context` would make it a reply."""

log = get_logger(__name__)


@dataclass(slots=True, frozen=True)
class Tried:
    """A finished attempt: what to record and, if Meta refused, the refusal for the brakes."""

    message: ClaimedMessage
    outcome: Outcome
    refusal: Refusal | None = None


class MessageSender(Protocol):
    """What sends for a channel: the Graph API, or a gateway in its place."""

    def send_message(self, phone_number_id: str, payload: Json) -> SendAnswer:
        """Send one message; raises NotSent, OutcomeUnknown or Refused."""


def attempt(client: MessageSender, phone_number_id: str, message: ClaimedMessage) -> Tried:
    """Send a message. Never raises: whatever happens has an outcome, so that one message cannot stop the others."""
    started = time.monotonic()
    tried = _try(client, phone_number_id, message)
    record_send(tried.outcome.outcome, time.monotonic() - started)
    return tried


def _try(client: MessageSender, phone_number_id: str, message: ClaimedMessage) -> Tried:
    try:
        payload = _payload(message)
    except Exception as error:
        log.error("message.not_sendable", message_id=str(message.id), error=type(error).__name__)
        return Tried(message, _titled(_decided(message, Decision("fail")), NOT_SENDABLE))
    try:
        return Tried(message, _accepted(message, client.send_message(phone_number_id, payload)))
    except Refused as refusal:
        return _refused(message, refusal)
    except NotSent as failure:
        decided = _decided(message, _decide(message, NOT_SENT))
        return Tried(message, _titled(decided, f"Meta could not be reached: {failure.reason}"))
    except OutcomeUnknown as failure:
        return Tried(message, _unknown(message, failure.reason, failure.http_status))
    except Exception as error:  # after the request was begun: it may have left
        log.error("message.call_raised", message_id=str(message.id), error=type(error).__name__)
        return Tried(message, _unknown(message, type(error).__name__, None))


def _payload(message: ClaimedMessage) -> dict[str, object]:
    payload = addressed(
        message.content,
        to=message.contact_phone,
        recipient=None if message.contact_phone else message.contact_bsuid,
        callback_data=callback_data.write(message.id, message.attempt),
        context_wamid=None if message.content["type"] == REACTION else message.context_wamid,
    )
    orjson.dumps(payload)  # what cannot be written must fail here, where nothing can have left
    return payload


def _accepted(message: ClaimedMessage, answer: SendAnswer) -> Outcome:
    status = "held" if answer.message_status in HELD_STATUSES else "accepted"
    return Outcome(
        message_id=message.id,
        attempt=message.attempt,
        outcome=status,
        status=status,
        wamid=answer.wamid,
        bsuid=answer.bsuid,
        http_status=answer.http_status,
    )


def _refused(message: ClaimedMessage, refused: Refused) -> Tried:
    record_verdict(refused.code, refused.rule.verdict)
    outcome = _decided(message, _decide(message, refused.rule))
    outcome.http_status = refused.http_status
    outcome.error_code = refused.code
    outcome.error_title = refused.title or refused.rule.title
    outcome.error_detail = refused.details or refused.user_message
    outcome.fbtrace_id = refused.fbtrace_id
    return Tried(message, outcome, _refusal(message, refused, outcome))


def _refusal(message: ClaimedMessage, refused: Refused, outcome: Outcome) -> Refusal:
    is_postponed = refused.rule.verdict is Verdict.RETRY_LATER and outcome.delay is not None
    return Refusal(
        rule=refused.rule,
        code=refused.code,
        title=refused.rule.title,
        tenant_id=message.tenant_id,
        channel_id=message.channel_id,
        phone=message.contact_phone,
        bsuid=message.contact_bsuid,
        template=template_of(message.content),
        delay=outcome.delay or timedelta(0) if is_postponed else timedelta(0),
    )


def template_of(content: dict[str, object]) -> tuple[str, str] | None:
    """Return name and language of a template message's body; None for any other."""
    template = content.get("template")
    if not isinstance(template, dict):
        return None
    return template["name"], template["language"]["code"]


def _unknown(message: ClaimedMessage, reason: str, http_status: int | None) -> Outcome:
    outcome = _titled(_decided(message, Decision("unknown")), f"No clear answer from Meta: {reason}")
    outcome.http_status = http_status
    return outcome


def _decide(message: ClaimedMessage, rule: Rule) -> Decision:
    decision = next_attempt(rule, message.attempts_spent + 1, random.random(), postponed=message.postponed)
    if decision.action == "hold_template" and template_of(message.content) is None:
        return Decision("fail")
    return decision


def _decided(message: ClaimedMessage, decision: Decision) -> Outcome:
    fate = FATES[decision.action]
    silence = timedelta(seconds=get_settings().limits.unknown_silence_seconds)
    return Outcome(
        message_id=message.id,
        attempt=message.attempt,
        outcome=fate.outcome,
        status=fate.status,
        delay=silence if decision.action == "unknown" else decision.delay or timedelta(0),
        keeps_place=fate.keeps_place,
        is_held=fate.is_held,
        spends_attempt=decision.spends_attempt,
    )


def _titled(outcome: Outcome, title: str) -> Outcome:
    outcome.error_title = title
    return outcome
