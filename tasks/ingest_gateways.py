"""Gateways' rows among the inbox's: which they are, and what the session's own messages tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from db.queries import gateway_echoes
from db.queries.gateway_echoes import Echo
from gateways.items import Message
from messaging import callback_data
from tasks.gateway_items import ECHO, GatewayRow, other_event, receipt
from whatsapp.items import OtherEvent, Receipt


@dataclass(slots=True, frozen=True)
class PlacedEcho:
    """A message of the session's own number."""

    message: Message
    row: GatewayRow
    tenant_id: UUID


def read_echoes(connection: Connection, echoes: Sequence[PlacedEcho]) -> list[Receipt | OtherEvent | None]:
    """Return what each message of our own number is, in two statements.

    Of a message that we sent and know: None. Of one whose answer was lost: the receipt that settles it. Anything else
    was written on the phone.
    """
    wanted = [
        Echo(number, one.tenant_id, one.row.channel_id, one.message.message_id, one.message.phone, one.message.text)
        for number, one in enumerate(echoes)
    ]
    known = gateway_echoes.known(connection, wanted)
    unsettled = gateway_echoes.unsettled(connection, [one for one in wanted if one.number not in known])
    return [None if number in known else _read(one, unsettled.get(number)) for number, one in enumerate(echoes)]


def _read(echo: PlacedEcho, settled: tuple[UUID, int] | None) -> Receipt | OtherEvent:
    if settled is None:
        return other_event(echo.row, echo.message, ECHO)
    return receipt(echo.row, echo.message, "sent", callback_data.write(*settled))
