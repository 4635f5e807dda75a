"""What every gateway's client can do, and how one call is made."""

from abc import ABC, abstractmethod
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import quote

import orjson
import requests

from gateways.addresses import message_id
from gateways.clients.answers import clear_answer, raise_unless_clear
from gateways.clients.failures import NotSupported
from gateways.items import Json
from gateways.kinds import Kind
from gateways.state_machine import SessionState
from wire.exchange import UNTIL_IT_LEAVES, WatchedBody, build_session, exchange
from wire.failures import OutcomeUnknown
from wire.values import string


@dataclass(slots=True, frozen=True, kw_only=True)
class OutgoingMedia:
    """A file to send; the gateway fetches it."""

    type: str
    """image | video | audio | document"""
    link: str = field(repr=False)
    mime_type: str | None = None
    filename: str | None = None
    caption: str | None = field(default=None, repr=False)


@dataclass(slots=True, frozen=True)
class FetchedFile:
    """A file of a message."""

    content: bytes = field(repr=False)
    mime_type: str | None
    filename: str | None = field(default=None, repr=False)


class GatewayClient(ABC):
    """The calls of one session. As thread-safe as its HTTP session: share one, make clients freely.

    Every call raises NotSent (it did not leave, three times), OutcomeUnknown (it may have had its effect: never
    repeat a send blindly) or Refused (the gateway said no).
    """

    kind: ClassVar[Kind]

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        session_id: str,
        session: requests.Session | None = None,
        connect_timeout: float = 3.05,
        read_timeout: float = 30.0,
    ) -> None:
        """Keep what every call needs.

        Args:
            base_url: of the gateway, such as http://127.0.0.1:3000.
            api_key: the gateway's own, or the session's token; blanks that came with pasting are dropped.
            session_id: its name at the gateway.
            session: to share connections; None makes one.
            connect_timeout: seconds; a little above 3, the first repeat of a lost SYN.
            read_timeout: seconds between bytes; a gateway fetches a file and types it into a browser first.
        """
        self._base_url = base_url.rstrip("/")
        self._api_key = "".join(api_key.split())
        self._session_id = session_id
        self._session = build_session() if session is None else session
        self._timeouts = (connect_timeout, read_timeout)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._base_url}, {self._session_id})"

    @abstractmethod
    def send_text(self, to: str, text: str) -> str:
        """Send a text to a phone number (E.164) or a @lid; return the message's id."""

    @abstractmethod
    def send_media(self, to: str, media: OutgoingMedia) -> str:
        """Send a file; return the message's id."""

    @abstractmethod
    def start(self) -> None:
        """Start the session; its QR comes as an event, or has to be fetched."""

    @abstractmethod
    def log_out(self) -> None:
        """End the pairing: the next start needs a new QR."""

    @abstractmethod
    def state(self) -> SessionState | None:
        """Return how the session is at this moment; None: the gateway says something we do not know."""

    @abstractmethod
    def qr(self) -> str | None:
        """Return what the QR picture has to encode; None: there is none now."""

    @abstractmethod
    def pairing_code(self, phone: str) -> str:
        """Return the code that a person enters on the phone of this number (E.164)."""

    @abstractmethod
    def file(self, reference: str) -> FetchedFile:
        """Return a file of a message by the reference that its event gave (gateways.items.Media)."""

    def stop(self) -> None:
        """Stop the session and keep its pairing."""
        raise NotSupported("stop")

    def restart(self) -> None:
        """Stop and start the session."""
        raise NotSupported("restart")

    @abstractmethod
    def _headers(self) -> Mapping[str, str]: ...

    def _get(self, *path: str, **parameters: str) -> Any:
        return self._call("GET", path, parameters, None)

    def _post(self, *path: str, body: Json | None = None) -> Any:
        return self._call("POST", path, {}, body or {})

    def _delete(self, *path: str) -> Any:
        return self._call("DELETE", path, {}, None)

    def _download(self, *path: str) -> FetchedFile:
        response = UNTIL_IT_LEAVES(self._once, "GET", path, {}, None)
        raise_unless_clear(response, self.kind)
        return FetchedFile(response.content, response.headers.get("Content-Type"))

    @property
    def _segment(self) -> str:
        return quote(self._session_id, safe="")

    def _call(self, method: str, path: tuple[str, ...], parameters: Mapping[str, str], body: Json | None) -> Any:
        return clear_answer(UNTIL_IT_LEAVES(self._once, method, path, parameters, body), self.kind)

    def _once(
        self, method: str, path: tuple[str, ...], parameters: Mapping[str, str], body: Json | None
    ) -> requests.Response:
        request = requests.Request(
            method,
            "/".join((self._base_url, *path)),
            headers={"Accept": "application/json", "User-Agent": "paperboy", **self._headers()},
            params=dict(parameters),
            data=None if body is None else WatchedBody(orjson.dumps(body)),
        )
        if body is not None:
            request.headers["Content-Type"] = "application/json"
        return exchange(self._session, request, self._timeouts)


def chat_id(to: str) -> str:
    """Return the chat of a phone number (E.164); a @lid is one already."""
    return to if to.endswith("@lid") else f"{digits(to)}@c.us"


def digits(to: str) -> str:
    """Return a phone number (E.164) without its plus, and a @lid as it is."""
    return to.removeprefix("+")


def decoded_file(content: object, mime_type: object, filename: object = None) -> FetchedFile:
    """Return a file that stands in an answer in base64.

    Raises:
        OutcomeUnknown: there is none in it.
    """
    try:
        return FetchedFile(b64decode(string(content) or "?", validate=True), string(mime_type), string(filename))
    except ValueError:
        failure = OutcomeUnknown("no_file")
    raise failure


def sent_id(value: object) -> str:
    """Return the id of a sent message.

    Raises:
        OutcomeUnknown: the gateway said yes without an id (wwebjs-api does while WhatsApp Web changes).
    """
    found = message_id(value)
    if found is None:
        raise OutcomeUnknown("no_message_id")
    return found
