"""Who may connect: by a ticket or an API key, from our own pages or none, as one of not too many."""

import asyncio
import re
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from websockets.http11 import Request

from db.queries import live_tickets
from db.queries.live_tickets import Holder
from db.trouble import is_trouble_of_postgres
from settings import Settings
from web.api.auth import KeyRing
from web.api.database import Database, PostgresGoneError
from web.realtime import frames
from web.realtime.frames import Conversation, WrongFrameError

CHAT = re.compile(r"/api/v1/ws/chat/([^/]{1,300})")
"""S1.8."""
READING = "read"
NO_TICKET = "Ask POST /api/v1/ws/tickets for a ticket; each opens one connection."
LONGEST_USER_ID = 100
BEARER = "Bearer "
THIS_MACHINE = ("127.0.0.1", "localhost")


class NotLetIn(Exception):
    """A connection is refused; the text is for its author."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


@dataclass(slots=True, frozen=True)
class Visitor:
    """Who connects, and from where on it wants to be told what."""

    tenant_id: UUID
    key_id: UUID | None
    """The API key that it came with, or that its ticket was asked for with; None: one of our own pages."""
    user_id: str
    after: int | None
    """The sequence number it was told up to before; None: from now on."""
    conversations: frozenset[Conversation]


class Doors:
    """Lets connections in.

    Args:
        settings: of this process.
        database: asked in threads.
        keys: API keys.
    """

    def __init__(self, settings: Settings, database: Database, keys: KeyRing) -> None:
        self._prefix = settings.script_name
        self._origins = {*_own_origins(settings), *settings.session_cors_origins}
        self._database = database
        self._keys = keys

    async def admit(self, request: Request) -> Visitor:
        """Return who connects.

        Raises:
            NotLetIn: it may not.
        """
        address = urlsplit(request.path)
        chat = CHAT.fullmatch(address.path.removeprefix(self._prefix))
        if chat is None:
            raise NotLetIn(HTTPStatus.NOT_FOUND, "Connect to /api/v1/ws/chat/{user_id}.")
        self._check_origin(request.headers.get("Origin"))
        user_id, query = unquote(chat[1]), parse_qs(address.query)
        if len(user_id) > LONGEST_USER_ID:
            raise NotLetIn(HTTPStatus.NOT_FOUND, f"A user id has at most {LONGEST_USER_ID} characters.")
        after, conversations = _wanted(query)
        holder = await self._holder(request, user_id, query.get("ticket", [""])[0])
        return Visitor(holder.tenant_id, holder.key_id, user_id, after, conversations)

    def _check_origin(self, origin: str | None) -> None:
        """Browsers name the page's origin; any other page could spend a ticket that it got hold of."""
        if origin is not None and _origin(origin) not in self._origins:
            raise NotLetIn(HTTPStatus.FORBIDDEN, "This page's origin may not connect.")

    async def _holder(self, request: Request, user_id: str, ticket: str) -> Holder:
        given = request.headers.get("Authorization", "")
        try:
            if given.startswith(BEARER):
                return await asyncio.to_thread(self._holder_of_key, given.removeprefix(BEARER).strip(), user_id)
            return await asyncio.to_thread(self._holder_of_ticket, ticket, user_id)
        except (SQLAlchemyError, PostgresGoneError) as error:
            if isinstance(error, PostgresGoneError) or is_trouble_of_postgres(error):
                raise NotLetIn(HTTPStatus.SERVICE_UNAVAILABLE, "The database cannot be reached.") from None
            raise

    def _holder_of_key(self, given: str, user_id: str) -> Holder:
        key = self._keys.find(given)
        if key is None:
            raise NotLetIn(HTTPStatus.UNAUTHORIZED, "No valid API key.")
        if READING not in key.scopes:
            raise NotLetIn(HTTPStatus.FORBIDDEN, 'The API key lacks the scope "read".')
        return Holder(key.tenant_id, user_id, key.id)

    def _holder_of_ticket(self, ticket: str, user_id: str) -> Holder:
        holder = None
        if ticket:
            with self._database.connect() as connection:
                holder = live_tickets.take(connection, ticket)
        if holder is None or holder.user_id != user_id:
            raise NotLetIn(HTTPStatus.UNAUTHORIZED, NO_TICKET)
        return holder


def _wanted(query: dict[str, list[str]]) -> tuple[int | None, frozenset[Conversation]]:
    after = query.get("after", [""])[0]
    if after and not (after.isascii() and after.isdecimal() and len(after) < len(str(2**63))):
        raise NotLetIn(HTTPStatus.BAD_REQUEST, "after must be a sequence number.")
    try:
        conversations = frozenset(frames.conversation(one) for one in query.get("conversation", []))
    except WrongFrameError as wrong:
        raise NotLetIn(HTTPStatus.BAD_REQUEST, str(wrong)) from None
    return int(after) if after else None, conversations


def _own_origins(settings: Settings) -> set[str]:
    """Who develops calls this machine by either name, whatever PUBLIC_URL says."""
    own = {_origin(settings.own_url)}
    return own if settings.env == "production" else own | {f"http://{name}:{settings.port}" for name in THIS_MACHINE}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
