"""WAHA (waha.devlike.pro: Sessions, Send messages)."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from gateways.clients.answers import json_object_of
from gateways.clients.client import FetchedFile, GatewayClient, OutgoingMedia, chat_id, digits, sent_id
from gateways.clients.failures import NotSupported, Refused
from gateways.items import Json
from gateways.kinds import Kind
from gateways.state_machine import SessionState
from gateways.wire_values import json_object
from gateways.words import WAHA_STATUSES
from wire.failures import OutcomeUnknown
from wire.values import string

FILES = "/api/files/"
"""Below it WAHA keeps what customers sent, for three minutes unless WHATSAPP_FILES_LIFETIME says otherwise."""
NOT_FOUND = 404
UNEXPECTED_STATUS = 422
CALLS = {"image": "sendImage", "video": "sendVideo", "audio": "sendVoice", "document": "sendFile"}


class WahaClient(GatewayClient):
    """The session is named in the body of a send and in the path of a command; the key in X-Api-Key."""

    kind = Kind.WAHA

    def send_text(self, to: str, text: str) -> str:
        """Send a text."""
        return self._send("sendText", {"chatId": chat_id(to), "text": text})

    def send_media(self, to: str, media: OutgoingMedia) -> str:
        """Send a file by its link."""
        named = {"url": media.link, "mimetype": media.mime_type, "filename": media.filename}
        file = {name: value for name, value in named.items() if value}
        caption = {"caption": media.caption} if media.caption else {}
        return self._send(CALLS[media.type], {"chatId": chat_id(to), "file": file, **caption})

    def start(self) -> None:
        """Start the session; one that the gateway does not know is created."""
        try:
            self._post("api", "sessions", self._segment, "start")
        except Refused as refusal:
            if refusal.http_status != NOT_FOUND:
                raise
            self._post("api", "sessions", body={"name": self._session_id, "start": True})

    def stop(self) -> None:
        """Stop the session."""
        self._post("api", "sessions", self._segment, "stop")

    def restart(self) -> None:
        """Restart the session."""
        self._post("api", "sessions", self._segment, "restart")

    def log_out(self) -> None:
        """Log out."""
        self._post("api", "sessions", self._segment, "logout")

    def state(self) -> SessionState | None:
        """Return the session's state."""
        answer = json_object_of(self._get("api", "sessions", self._segment))
        signal = WAHA_STATUSES.get(str(answer.get("status")))
        return signal.state if signal else None

    def qr(self) -> str | None:
        """Fetch the QR: the event carries none. 422 says that the session shows none."""
        try:
            answer = json_object_of(self._get("api", self._segment, "auth", "qr", format="raw"))
        except Refused as refusal:
            if refusal.http_status == UNEXPECTED_STATUS:
                return None
            raise
        return string(answer.get("value"))

    def pairing_code(self, phone: str) -> str:
        """Ask for a pairing code."""
        path = ("api", self._segment, "auth", "request-code")
        code = string(json_object_of(self._post(*path, body={"phoneNumber": digits(phone)})).get("code"))
        if code is None:
            raise OutcomeUnknown("no_pairing_code")
        return code

    def file(self, reference: str) -> FetchedFile:
        """Fetch the file by its address, at the gateway as we reach it: its own name for itself may lead nowhere."""
        _, is_file, name = urlsplit(reference).path.partition(FILES)
        if not is_file:
            raise NotSupported("file")
        return self._download(FILES[1:] + name)

    def phone_of(self, lid: str) -> str | None:
        """Return the phone number (E.164) behind a @lid, if WhatsApp tells it."""
        told = string(json_object_of(self._get("api", self._segment, "lids", lid.partition("@")[0])).get("pn"))
        return f"+{told.partition('@')[0]}" if told else None

    def _headers(self) -> Mapping[str, str]:
        return {"X-Api-Key": self._api_key}

    def _send(self, call: str, body: Json) -> str:
        answer = json_object_of(self._post("api", call, body={"session": self._session_id, **body}))
        return sent_id(answer.get("id") or json_object(answer.get("key")).get("id"))
