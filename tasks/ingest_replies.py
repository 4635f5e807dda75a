"""Automatic answers to a batch of messages: confirmations of STOP and START, and the tenant's rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Connection

from db.ids import new_id
from db.queries import auto_replies, messages
from db.queries.auto_replies import Answered
from db.queries.conversation_settings import ConversationRules
from db.queries.messages import NewMessage
from messaging import auto_reply, service_window
from messaging.auto_reply import FRESH, Incoming
from messaging.consent import Act
from messaging.consent import refusal as consent_refusal
from tasks.ingest_contacts import Writer
from tasks.placed_messages import PlacedMessage
from whatsapp import outgoing_contents


@dataclass(slots=True, frozen=True)
class Answerable:
    """A new message of a customer that might be answered."""

    message: PlacedMessage
    conversation_id: UUID
    writer: Writer
    window_closes_at: datetime | None


@dataclass(slots=True, frozen=True)
class _Reply:
    to: Answerable
    text: str
    rule_id: UUID | None


def write_replies(
    connection: Connection, answerable: Sequence[Answerable], rules: Mapping[UUID, ConversationRules]
) -> bool:
    """Queue the answers, in the transaction that stores the messages: each goes out once, whatever comes twice.

    Returns:
        Whether there are any.
    """
    candidates = [one for one in answerable if _may_have_an_answer(rules[one.message.tenant_id], one)]
    if not candidates:
        return False
    now = datetime.now(UTC)
    replies = _replies(connection, candidates, rules, now)
    if not replies:
        return False
    messages.queue(connection, [_new_message(reply, now) for reply in replies])
    by_rule = {
        (reply.rule_id, reply.to.writer.contact.id): Answered(
            reply.rule_id, reply.to.writer.contact.id, reply.to.message.tenant_id, now
        )
        for reply in replies
        if reply.rule_id
    }
    if by_rule:
        auto_replies.note(connection, list(by_rule.values()))
    return True


def _may_have_an_answer(rules: ConversationRules, one: Answerable) -> bool:
    return one.writer.act is not None or bool(rules.rules)


def _replies(
    connection: Connection,
    candidates: Sequence[Answerable],
    rules: Mapping[UUID, ConversationRules],
    now: datetime,
) -> list[_Reply]:
    """Decide one by one, in the order in which customers wrote: an answer given counts for the next message."""
    tenants = {one.message.tenant_id for one in candidates}
    contacts = {one.writer.contact.id for one in candidates}
    answered = auto_replies.answered_at(connection, tenants, contacts)
    replies = []
    for one in candidates:
        already = answered.setdefault(one.writer.contact.id, {})
        reply = _reply(one, rules[one.message.tenant_id], already, now)
        if reply is None:
            continue
        replies.append(reply)
        if reply.rule_id:
            already[reply.rule_id] = now
    return replies


def _reply(one: Answerable, rules: ConversationRules, already: Mapping[UUID, datetime], now: datetime) -> _Reply | None:
    if one.writer.act:
        return _confirmation(one, rules, one.writer.act, now)
    rule_id = auto_reply.decide(rules.rules, _incoming(one), now=now, answered_at=already, hours=rules.hours)
    return _Reply(one, rules.answers[rule_id], rule_id) if rule_id else None


def _confirmation(one: Answerable, rules: ConversationRules, act: Act, now: datetime) -> _Reply | None:
    text = rules.stop_confirmation if act == "stop" else rules.start_confirmation
    is_timely = now - one.message.at <= FRESH and service_window.is_open(one.window_closes_at, now)
    return _Reply(one, text, None) if text and is_timely else None


def _incoming(one: Answerable) -> Incoming:
    contact = one.writer.contact
    return Incoming(
        type=one.message.type,
        text=one.message.text,
        at=one.message.at,
        is_group=one.message.group_id is not None,
        window_closes_at=one.window_closes_at,
        may_be_answered=consent_refusal(contact.consent, None, contact.last_wrote_at) is None,
    )


def _new_message(reply: _Reply, now: datetime) -> NewMessage:
    message, contact = reply.to.message, reply.to.writer.contact
    return NewMessage(
        id=new_id(),
        tenant_id=message.tenant_id,
        channel_id=message.channel_id,
        conversation_id=reply.to.conversation_id,
        source="auto_reply",
        type="text",
        status="queued",
        contact_phone=contact.phone,
        contact_bsuid=None if contact.phone else contact.bsuid or contact.lid,
        text=reply.text,
        content=outgoing_contents.text(reply.text),
        created_at=now,
    )
