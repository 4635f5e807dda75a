"""Evolution API v2 (doc.evolution-api.com). It has no stop: an instance runs until it is logged out."""

from collections.abc import Mapping

from gateways.clients.answers import json_object_of
from gateways.clients.client import FetchedFile, GatewayClient, OutgoingMedia, decoded_file, digits, sent_id
from gateways.clients.failures import Refused, Verdict
from gateways.items import Json
from gateways.kinds import Kind
from gateways.state_machine import SessionState
from gateways.wire_values import json_object
from gateways.words import EVOLUTION_STATES
from wire.failures import OutcomeUnknown
from wire.values import string


class EvolutionClient(GatewayClient):
    """The instance stands in the path; the key in apikey."""

    kind = Kind.EVOLUTION

    def send_text(self, to: str, text: str) -> str:
        """Send a text."""
        return self._send("sendText", {"number": digits(to), "text": text})

    def send_media(self, to: str, media: OutgoingMedia) -> str:
        """Send a file by its link; audio is a call of its own."""
        if media.type == "audio":
            return self._send("sendWhatsAppAudio", {"number": digits(to), "audio": media.link})
        named = {"mimetype": media.mime_type, "fileName": media.filename, "caption": media.caption}
        more = {name: value for name, value in named.items() if value}
        return self._send("sendMedia", {"number": digits(to), "mediatype": media.type, "media": media.link, **more})

    def start(self) -> None:
        """Connect the instance."""
        self._connect()

    def restart(self) -> None:
        """Restart the instance."""
        self._obeyed(self._post("instance", "restart", self._segment))

    def log_out(self) -> None:
        """Log the instance out."""
        self._obeyed(self._delete("instance", "logout", self._segment))

    def state(self) -> SessionState | None:
        """Return the instance's state."""
        answer = json_object_of(self._get("instance", "connectionState", self._segment))
        word = json_object(answer.get("instance")).get("state")
        if word == "close":
            return SessionState.SESSION_NOT_CONNECTED
        signal = EVOLUTION_STATES.get(str(word))
        return signal.state if signal else None

    def qr(self) -> str | None:
        """Return the QR; asking for it connects an instance that is closed."""
        answer = self._connect()
        return string(answer.get("code")) or string(json_object(answer.get("qrcode")).get("code"))

    def pairing_code(self, phone: str) -> str:
        """Ask for a pairing code."""
        code = string(self._connect(number=digits(phone)).get("pairingCode"))
        if code is None:
            raise OutcomeUnknown("no_pairing_code")
        return code

    def file(self, reference: str) -> FetchedFile:
        """Have the file of a message decoded."""
        body: Json = {"message": {"key": {"id": reference}}, "convertToMp4": False}
        answer = json_object_of(self._post("chat", "getBase64FromMediaMessage", self._segment, body=body))
        return decoded_file(answer.get("base64"), answer.get("mimetype"), answer.get("fileName"))

    def _headers(self) -> Mapping[str, str]:
        return {"apikey": self._api_key}

    def _send(self, call: str, body: Json) -> str:
        answer = json_object_of(self._post("message", call, self._segment, body=body))
        return sent_id(json_object(answer.get("key")).get("id"))

    def _connect(self, **parameters: str) -> Json:
        return self._obeyed(self._get("instance", "connect", self._segment, **parameters))

    def _obeyed(self, answer: object) -> Json:
        """Evolution answers 200 with error true when a command failed."""
        told = json_object_of(answer)
        if told.get("error") is True:
            title = "The gateway did not obey"
            raise Refused(verdict=Verdict.CONFIG, title=title, http_status=200, details=string(told.get("message")))
        return told
