"""WPPConnect server (wppconnect.io/swagger). Its key is the session's own token; there is no restart."""

from collections.abc import Mapping

from gateways.clients.answers import json_object_of
from gateways.clients.client import FetchedFile, GatewayClient, OutgoingMedia, decoded_file, digits, sent_id
from gateways.items import Json
from gateways.kinds import Kind
from gateways.state_machine import SessionState
from gateways.wire_values import json_object
from wire.failures import OutcomeUnknown
from wire.values import string

STATUSES: Mapping[str, SessionState] = {
    "CLOSED": SessionState.STOPPED,
    "INITIALIZING": SessionState.CONNECTING,
    "QRCODE": SessionState.QR_GENERATED,
    "PHONECODE": SessionState.QR_GENERATED,
    "CONNECTED": SessionState.SESSION_CONNECTED,
}
"""`status` of status-session, in its server's own words."""


class WppconnectClient(GatewayClient):
    """The session stands in the path; the token is a bearer's."""

    kind = Kind.WPPCONNECT

    def send_text(self, to: str, text: str) -> str:
        """Send a text."""
        return self._send("send-message", to, {"message": text})

    def send_media(self, to: str, media: OutgoingMedia) -> str:
        """Send a file by its link, which the gateway takes where it takes a path."""
        named = {"filename": media.filename, "caption": media.caption}
        return self._send(
            "send-file", to, {"path": media.link, **{name: value for name, value in named.items() if value}}
        )

    def start(self) -> None:
        """Start the session; the webhook's address is the gateway's own setting."""
        self._session_post("start-session", {"waitQrCode": False})

    def stop(self) -> None:
        """Close the session."""
        self._session_post("close-session", {})

    def log_out(self) -> None:
        """Log out and delete the session's files."""
        self._session_post("logout-session", {})

    def state(self) -> SessionState | None:
        """Return the session's state."""
        return STATUSES.get(str(self._status().get("status")))

    def qr(self) -> str | None:
        """Return the QR as text, which stands beside its picture."""
        return string(self._status().get("urlcode"))

    def pairing_code(self, phone: str) -> str:
        """Ask for a pairing code: a start with the phone number."""
        answer = self._session_post("start-session", {"phone": digits(phone), "waitQrCode": True})
        code = string(answer.get("phoneCode"))
        if code is None:
            raise OutcomeUnknown("no_pairing_code")
        return code

    def file(self, reference: str) -> FetchedFile:
        """Have the file of a message decoded."""
        answer = self._session_post("download-media", {"messageId": reference})
        return decoded_file(answer.get("base64"), answer.get("mimetype"))

    def _headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._api_key}"}

    def _status(self) -> Json:
        return json_object_of(self._get("api", self._segment, "status-session"))

    def _session_post(self, call: str, body: Json) -> Json:
        return json_object_of(self._post("api", self._segment, call, body=body))

    def _send(self, call: str, to: str, content: Json) -> str:
        lid = to.endswith("@lid")
        addressed = {"phone": to.removesuffix("@lid") if lid else digits(to), "isGroup": False, "isLid": lid}
        sent = self._session_post(call, {**addressed, **content}).get("response")
        first = sent[0] if isinstance(sent, list) and sent else sent
        return sent_id(json_object(first).get("id"))
