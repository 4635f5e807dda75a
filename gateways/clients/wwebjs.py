"""wwebjs-api and whatsapp-api (their own OpenAPI page, /api-docs), and the founding gateway, which is one of them."""

from collections.abc import Mapping

from gateways.clients.answers import json_object_of
from gateways.clients.client import FetchedFile, GatewayClient, OutgoingMedia, chat_id, decoded_file, digits, sent_id
from gateways.clients.failures import Refused, Verdict
from gateways.items import Json
from gateways.kinds import Kind
from gateways.state_machine import SessionState
from gateways.wire_values import json_object
from gateways.words import WWEBJS_STATES
from wire.failures import OutcomeUnknown
from wire.values import string

STATES_BY_MESSAGE: Mapping[str, SessionState] = {
    "session_connected": SessionState.SESSION_CONNECTED,
    "session_not_connected": SessionState.SESSION_NOT_CONNECTED,
    "session_not_found": SessionState.STOPPED,
    "browser tab closed": SessionState.SESSION_NOT_CONNECTED,
}


class WwebjsClient(GatewayClient):
    """GET for commands, POST for messages; the key in x-api-key."""

    kind = Kind.WWEBJS

    def send_text(self, to: str, text: str) -> str:
        """Send a text."""
        return self._send({"chatId": chat_id(to), "contentType": "string", "content": text})

    def send_media(self, to: str, media: OutgoingMedia) -> str:
        """Send a file by its link."""
        options: Json = {"caption": media.caption} if media.caption else {}
        if media.type == "document":
            options["sendMediaAsDocument"] = True
        more: Json = {"mediaFromURLOptions": {"filename": media.filename}} if media.filename else {}
        content: Json = {"contentType": "MessageMediaFromURL", "content": media.link, "options": options}
        return self._send({"chatId": chat_id(to), **content, **more})

    def start(self) -> None:
        """Start the session."""
        self._command("start")

    def stop(self) -> None:
        """Stop the session."""
        self._command("stop")

    def restart(self) -> None:
        """Restart the session."""
        self._command("restart")

    def log_out(self) -> None:
        """Log out and delete the session's files; the gateway calls it terminate."""
        self._command("terminate")

    def state(self) -> SessionState | None:
        """Return the session's state."""
        answer = json_object_of(self._get("session", "status", self._segment))
        signal = WWEBJS_STATES.get(str(answer.get("state")))
        return signal.state if signal else STATES_BY_MESSAGE.get(str(answer.get("message")))

    def qr(self) -> str | None:
        """Return the QR; the gateway answers 200 with success false while there is none."""
        return string(json_object_of(self._get("session", "qr", self._segment)).get("qr"))

    def pairing_code(self, phone: str) -> str:
        """Ask for a pairing code."""
        path = ("session", "requestPairingCode", self._segment)
        answer = json_object_of(self._post(*path, body={"phoneNumber": digits(phone), "showNotification": True}))
        code = string(answer.get("result"))
        if code is None:
            raise OutcomeUnknown("no_pairing_code")
        return code

    def file(self, reference: str) -> FetchedFile:
        """Have the file downloaded again."""
        chat, _, identity = reference.partition(" ")
        answer = json_object_of(
            self._post("message", "downloadMedia", self._segment, body={"chatId": chat, "messageId": identity})
        )
        file = json_object(answer.get("messageMedia"))
        return decoded_file(file.get("data"), file.get("mimetype"), file.get("filename"))

    def _headers(self) -> Mapping[str, str]:
        return {"x-api-key": self._api_key}

    def _send(self, body: Json) -> str:
        answer = json_object_of(self._post("client", "sendMessage", self._segment, body=body))
        return sent_id(json_object(answer.get("message")).get("id"))

    def _command(self, name: str) -> None:
        answer = json_object_of(self._get("session", name, self._segment))
        if answer.get("success") is not True:
            told = string(answer.get("message")) or string(answer.get("error"))
            title = "The gateway did not obey"
            raise Refused(verdict=Verdict.CONFIG, title=title, http_status=200, details=told)
