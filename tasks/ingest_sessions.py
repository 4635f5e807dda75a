"""Session events of one batch: kept once each, put in their order, and what they make of their sessions."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from db.ids import new_id
from db.queries import alarms, brakes
from db.queries import gateway_sessions as queries
from db.queries.alarms import NewAlarm
from db.queries.gateway_sessions import EventTransition, HeardEvent, SessionNow
from db.queries.gateway_sources import Source
from gateways.items import SessionEvent
from gateways.kinds import Kind
from gateways.outages import NEWS, told_after
from gateways.secrets import sealed_token
from gateways.state_machine import HeardSignal, SessionState, Signal, Transition, transitions
from tasks.gateway_items import GatewayRow

CONTROL = "control"
QR_LIFETIME = timedelta(seconds=60)
"""WhatsApp shows the first QR of a session for a minute and the following ones for twenty seconds."""


@dataclass(slots=True, frozen=True)
class PlacedSessionEvent:
    """A session event with its row and its digest."""

    event: SessionEvent
    row: GatewayRow
    tenant_id: UUID
    digest: bytes


def write_session_events(connection: Connection, placed: Sequence[PlacedSessionEvent]) -> None:
    """Keep events and move their sessions, at most seven statements whatever their number.

    A session that is connected sends again, if its channel was paused while it was not.
    """
    heard = [_heard(one) for one in placed]
    told_states = queries.lock(connection, (event.channel_id for event in heard))
    new = queries.add_events(connection, heard)
    if not new:
        return
    told: dict[UUID, dict[UUID, SessionEvent]] = defaultdict(dict)
    for one, placed_event in zip(heard, placed, strict=True):
        if one.id in new:
            told[one.channel_id][one.id] = placed_event.event
    changed: list[EventTransition] = []
    sessions: list[SessionNow] = []
    news: list[NewAlarm] = []
    names = {one.row.channel_id: one.row.session_id for one in placed}
    for channel_id, rows in groupby(queries.history(connection, sorted(told)), attrgetter("channel_id")):
        kept = list(rows)
        moved = _moved(kept)
        changed.extend(_changed(kept, moved))
        sessions.append(_now(kept, moved, told[channel_id], told_states[channel_id]))
        news.extend(_news(kept[-1], sessions[-1], told_states[channel_id], names[channel_id]))
    if changed:
        queries.set_transitions(connection, changed)
    queries.set_sessions(connection, sessions, QR_LIFETIME)
    if news:
        alarms.raise_alarms(connection, news)
    connected = [one.channel_id for one in sessions if one.status == SessionState.SESSION_CONNECTED]
    if connected:
        brakes.resume_channels(connection, connected)


def write_control(
    connection: Connection, source: Source, signal: Signal, message: str, asked_at: datetime, *, name: str = CONTROL
) -> None:
    """Keep what we asked a gateway for, or what it answered, as an event of its session.

    Args:
        connection: in a transaction.
        source: the session.
        signal: what the command says about the state.
        message: for people.
        asked_at: before the gateway was called, for its events may come before its answer.
        name: of the event; CONTROL: a person or a program of theirs wanted it.
    """
    event_id = new_id()
    event = SessionEvent(event=name, at=None, key=str(event_id), raw={}, signal=signal, message=message)
    row = GatewayRow(source.channel_id, Kind(source.kind), source.session_id, b"", asked_at)
    placed = PlacedSessionEvent(event, row, source.tenant_id, hashlib.sha256(event_id.bytes).digest())
    write_session_events(connection, [placed])


def _heard(placed: PlacedSessionEvent) -> HeardEvent:
    event, row = placed.event, placed.row
    signal = event.signal
    return HeardEvent(
        id=new_id(),
        tenant_id=placed.tenant_id,
        channel_id=row.channel_id,
        event=event.event,
        word=signal.word,
        state=signal.state,
        is_step=signal.is_step,
        unless_after={str(state): str(other) for state, other in signal.unless_after.items()},
        message=event.message,
        happened_at=event.at,
        arrived_at=row.received_at,
        at=min(event.at or row.received_at, row.received_at),
        before=SessionState.INITIAL,
        after=SessionState.INITIAL,
        digest=placed.digest,
    )


def _moved(rows: Sequence[Row[Any]]) -> list[Transition]:
    """Fold a session's history; when it is longer than what was read, it begins where the first row left off."""
    is_whole = len(rows) < queries.KNOWN_EVENTS
    start = SessionState.INITIAL if is_whole else SessionState(rows[0].before)
    return transitions([_signal(row) for row in rows], start)


def _signal(row: Row[Any]) -> HeardSignal:
    unless_after = {SessionState(state): SessionState(other) for state, other in row.unless_after.items()}
    signal = Signal(row.word, SessionState(row.state), row.is_step, unless_after)
    return HeardSignal(signal, row.happened_at, row.arrived_at, str(row.id))


def _changed(rows: Sequence[Row[Any]], moved: Sequence[Transition]) -> Iterable[EventTransition]:
    for row, transition in zip(rows, moved, strict=True):
        if (row.before, row.after) != (transition.before, transition.after):
            yield EventTransition(row.id, transition.before, transition.after)


def _now(
    rows: Sequence[Row[Any]], moved: Sequence[Transition], told: Mapping[UUID, SessionEvent], told_state: str | None
) -> SessionNow:
    """The newest event that was followed speaks for the session: its words, and its QR when there is one."""
    status = moved[-1].after
    row = next((row for row, one in zip(reversed(rows), reversed(moved), strict=True) if one.is_followed), rows[-1])
    event = told.get(row.id)
    has_qr = status is SessionState.QR_GENERATED
    phones = [one.phone for one in told.values() if one.phone]
    return SessionNow(
        channel_id=row.channel_id,
        status=status,
        message=row.message,
        keeps_qr=has_qr,
        qr=_sealed(event.qr) if event is not None else None,
        pairing_code=_sealed(event.pairing_code) if event is not None else None,
        must_fetch_qr=event is not None and event.must_fetch_qr,
        phone=phones[-1] if phones else None,
        told_state=told_after(told_state, status, by_us=row.event == CONTROL),
    )


def _news(row: Row[Any], session: SessionNow, told_state: str | None, name: str) -> Iterable[NewAlarm]:
    kind = NEWS.get((told_state, session.told_state))
    if kind is not None:
        details = {"status": session.status, "message": session.message or ""}
        yield NewAlarm(row.tenant_id, kind, name, details)


def _sealed(secret: str | None) -> str | None:
    return None if secret is None else sealed_token(secret)
