"""One attempt: call Meta for a claimed message and judge what came of it. No database here."""

import random
import time
from datetime import timedelta

from db.queries.outbox import ClaimedMessage, Outcome
from messaging import callback_data
from messaging.retry import NOT_SENT, Decision, Rule, next_attempt
from observability.logging import get_logger
from observability.metrics import record_send, record_verdict
from whatsapp.graph import GraphClient, NotSent, OutcomeUnknown, Refused, SendAnswer
from whatsapp.outgoing import addressed

SETTLE_UNKNOWN_AFTER = timedelta(minutes=15)
"""How long a message of unknown outcome waits for a receipt before it is looked at."""
HELD_STATUSES = frozenset({"held_for_quality_assessment", "paused"})
"""Meta took the message but does not send it out yet (Meta: Service messages, message_status)."""

NEXT_STATUS = {
    "retry": "queued",
    "pause_channel": "queued",
    "fail": "failed",
    "hold_template": "failed",
    "unknown": "unknown",
}
OUTCOMES = {
    "retry": "retry",
    "pause_channel": "paused",
    "fail": "failed",
    "hold_template": "failed",
    "unknown": "unknown",
}

log = get_logger(__name__)


def attempt(client: GraphClient, phone_number_id: str, message: ClaimedMessage) -> Outcome:
    """Send a message and return what to record; never raises for what Meta or the network does."""
    started = time.monotonic()
    try:
        answer = client.send_message(phone_number_id, _payload(message))
    except Refused as refusal:
        outcome = _refused(message, refusal)
    except NotSent as failure:
        outcome = _not_sent(message, failure)
    except OutcomeUnknown as failure:
        outcome = _unknown(message, failure)
    else:
        outcome = _accepted(message, answer)
    record_send(outcome.outcome, time.monotonic() - started)
    return outcome


def _payload(message: ClaimedMessage) -> dict[str, object]:
    return addressed(
        message.content,
        to=message.contact_phone,
        recipient=None if message.contact_phone else message.contact_bsuid,
        callback_data=callback_data.write(message.id, message.attempt),
        context_wamid=message.context_wamid,
    )


def _accepted(message: ClaimedMessage, answer: SendAnswer) -> Outcome:
    is_held = answer.message_status in HELD_STATUSES
    return Outcome(
        message_id=message.id,
        attempt=message.attempt,
        outcome="held" if is_held else "accepted",
        status="held" if is_held else "accepted",
        wamid=answer.wamid,
        bsuid=answer.bsuid,
        http_status=answer.http_status,
    )


def _refused(message: ClaimedMessage, refusal: Refused) -> Outcome:
    record_verdict(refusal.code, refusal.rule.verdict)
    outcome = _decided(message, _decide(message, refusal.rule))
    outcome.http_status = refusal.http_status
    outcome.error_code = refusal.code
    outcome.error_title = refusal.title or refusal.rule.title
    outcome.error_detail = refusal.details or refusal.user_message
    outcome.fbtrace_id = refusal.fbtrace_id
    return outcome


def _not_sent(message: ClaimedMessage, failure: NotSent) -> Outcome:
    outcome = _decided(message, _decide(message, NOT_SENT))
    outcome.error_title = f"Meta could not be reached: {failure.reason}"
    return outcome


def _unknown(message: ClaimedMessage, failure: OutcomeUnknown) -> Outcome:
    outcome = _decided(message, Decision("unknown"))
    outcome.http_status = failure.http_status
    outcome.error_title = f"No clear answer from Meta: {failure.reason}"
    return outcome


def _decide(message: ClaimedMessage, rule: Rule) -> Decision:
    spent = message.attempts_spent + 1
    postponed = max(message.attempt - spent, 0)
    return next_attempt(rule, spent, random.random(), postponed=postponed)


def _decided(message: ClaimedMessage, decision: Decision) -> Outcome:
    delay = SETTLE_UNKNOWN_AFTER if decision.action == "unknown" else decision.delay or timedelta(0)
    return Outcome(
        message_id=message.id,
        attempt=message.attempt,
        outcome=OUTCOMES[decision.action],
        status=NEXT_STATUS[decision.action],
        delay=delay,
        spends_attempt=decision.spends_attempt,
    )
