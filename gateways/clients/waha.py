"""WAHA (waha.devlike.pro: Sessions, Send messages)."""

from collections.abc import Mapping
from typing import IO
from urllib.parse import quote

import requests

from gateways.clients.answers import clear_content, json_object_of
from gateways.clients.client import FILE_SECONDS, GatewayClient, OutgoingMedia, chat_id, digits, sent_id
from gateways.clients.failures import Refused
from gateways.clients.files import ReceivedFile, address_at, answering, chat_of, content_of
from gateways.items import Json
from gateways.kinds import Kind
from gateways.state_machine import SessionState
from gateways.wire_values import json_object
from gateways.words import WAHA_STATUSES
from wire.failures import OutcomeUnknown
from wire.files import BLOCK, MediaRefusedError, write_blocks
from wire.values import string

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

    def fetch_file(self, told: Json, into: IO[bytes], *, limit: int) -> ReceivedFile:
        """Fetch a file; one that WAHA holds no longer (three minutes by default) is had downloaded by it again."""
        url = string(json_object(told.get("media")).get("url"))
        if url is not None:
            try:
                return self._downloaded(url, into, limit)
            except Refused as refusal:
                if refusal.http_status != NOT_FOUND:
                    raise
        return self._downloaded(self._url_again(told), into, limit)

    def _url_again(self, told: Json) -> str:
        identity = string(told.get("id"))
        if identity is None:
            raise MediaRefusedError("no_reference")
        path = ("api", self._segment, "chats", quote(chat_of(told)), "messages", quote(identity))
        found = json_object_of(self._get(*path, downloadMedia="true"))
        url = string(json_object(found.get("media")).get("url"))
        if url is None:
            raise OutcomeUnknown("no_file")
        return url

    def _downloaded(self, url: str, into: IO[bytes], limit: int) -> ReceivedFile:
        request = self._request("GET", address_at(self._base_url, url), {}, None)
        with answering(self._session, request, (self._timeouts[0], FILE_SECONDS)) as response:
            if response.status_code != requests.codes.ok:
                clear_content(response.status_code, content_of(response), self.kind)
                raise OutcomeUnknown("no_file", response.status_code)
            written = write_blocks(response.iter_content(BLOCK), into, limit)
            return ReceivedFile(written, response.headers.get("Content-Type"))

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

    def _headers(self) -> Mapping[str, str]:
        return {"X-Api-Key": self._api_key}

    def _send(self, call: str, body: Json) -> str:
        answer = json_object_of(self._post("api", call, body={"session": self._session_id, **body}))
        return sent_id(answer.get("id") or json_object(answer.get("key")).get("id"))
