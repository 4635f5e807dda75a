"""Tickets for live connections: what a browser connects with, and where to (web.realtime)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote, urlencode

from db.queries import live_tickets
from db.queries.live_tickets import Holder
from settings import Settings
from web.api.services import services

CHAT: Final = "/api/v1/ws/chat/"
LIFETIME: Final = timedelta(seconds=60)
"""From the page's request to its handshake; a page that connects again asks again."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """Opens one connection; it stands in the url too."""

    ticket: str
    url: str
    expires_at: datetime


def live_address(settings: Settings) -> str:
    """Return where live connections go to; a user's id follows."""
    return settings.live_url.replace("http", "ws", 1) + CHAT


def new_ticket(holder: Holder) -> Ticket:
    """Give a ticket to a user of a tenant."""
    with services().database.connect() as connection:
        ticket, expires_at = live_tickets.give(connection, holder, LIFETIME)
    address = live_address(services().settings) + quote(holder.user_id, safe="")
    return Ticket(ticket, f"{address}?{urlencode({'ticket': ticket})}", expires_at)
