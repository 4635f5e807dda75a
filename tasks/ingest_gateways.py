"""Gateways' rows among the inbox's: which they are, and what the session's own messages tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from db.queries import gateway_echoes
from db.queries.gateway_echoes import Echo, Unsettled
from gateways.items import Message
from messaging import callback_data
from tasks.gateway_items import ECHO, GatewayRow, echo, other_event, receipt
from whatsapp.items import OtherEvent, Receipt
from whatsapp.own_messages import PassedMessage

ReadEcho = Receipt | PassedMessage | OtherEvent


@dataclass(slots=True, frozen=True)
class PlacedEcho:
    """A message of the session's own number."""

    message: Message
    row: GatewayRow
    tenant_id: UUID


def read_echoes(connection: Connection, echoes: Sequence[PlacedEcho]) -> list[ReadEcho | None]:
    """Return what each message of our own number is, in two statements.

    Of a message that we sent and know: None. Of one whose answer was lost: the receipt that settles it. One that could
    be either of several such is kept as an event. Anything else was written on the phone.
    """
    wanted = [
        Echo(
            number,
            one.tenant_id,
            one.row.channel_id,
            one.message.message_id,
            one.message.phone,
            one.message.lid,
            one.message.text,
        )
        for number, one in enumerate(echoes)
    ]
    known = gateway_echoes.known(connection, wanted)
    unsettled = gateway_echoes.unsettled(connection, [one for one in wanted if one.number not in known])
    return [None if number in known else _read(one, unsettled.get(number, ())) for number, one in enumerate(echoes)]


def _read(placed: PlacedEcho, candidates: Sequence[Unsettled]) -> ReadEcho:
    if not candidates:
        return echo(placed.row, placed.message)
    if len(candidates) > 1:
        return other_event(placed.row, placed.message, ECHO)
    [one] = candidates
    return receipt(placed.row, placed.message, "sent", callback_data.write(one.message_id, one.attempt))
