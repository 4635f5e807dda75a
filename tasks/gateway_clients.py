"""Clients of gateways' sessions, and a gateway in the place of the Graph API: the send loop knows no difference."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NoReturn
from uuid import UUID

import requests

from db import sealed
from db.encryption import Keyring
from db.queries.brakes import PausedChannel
from db.queries.claims import DueChannel
from db.queries.gateway_sources import Source
from db.queries.media_files import ClaimedFile
from gateways.clients import failures
from gateways.clients.by_kind import CLIENTS
from gateways.clients.client import GatewayClient, OutgoingMedia
from gateways.kinds import Kind
from settings import get_settings
from whatsapp.errors import ErrorRule, Scope, Verdict
from whatsapp.graph import Refused, SendAnswer
from whatsapp.items import Json
from wire.exchange import build_session
from wire.failures import OutcomeUnknown

MEDIA_TYPES = frozenset({"image", "video", "audio", "document"})

RULES: Mapping[failures.Verdict, tuple[Verdict, Scope, str]] = {
    failures.Verdict.DISCONNECTED: (
        Verdict.CONFIG, Scope.CHANNEL, "Connect the session; what waits goes out as soon as it is.",
    ),
    failures.Verdict.RETRY_LATER: (Verdict.RETRY_LATER, Scope.NUMBER, "Nothing needs to be done."),
    failures.Verdict.CONFIG: (
        Verdict.CONFIG, Scope.CHANNEL, "Check the gateway's address, key and session name, then resume the channel.",
    ),
    failures.Verdict.PERMANENT: (Verdict.PERMANENT, Scope.MESSAGE, "The gateway cannot send this message."),
    failures.Verdict.RECIPIENT: (Verdict.RECIPIENT, Scope.RECIPIENT, "Check the number: it is not on WhatsApp."),
}  # fmt: skip
"""What a gateway's refusal means in the words in which Meta's are judged."""


@lru_cache(maxsize=1)
def _session() -> requests.Session:
    return build_session()


@lru_cache(maxsize=256)
def gateway_client(source: Source) -> GatewayClient:
    """Return the client of a session; a changed key makes a new client.

    Raises:
        EncryptionError: WHATSAPP_ENCRYPTION_KEY does not decrypt the key.
    """
    limits = get_settings().limits
    return CLIENTS[Kind(source.kind)](
        base_url=source.base_url,
        api_key=Keyring(get_settings().encryption_keys).decrypt(source.api_key, sealed.ACCESS_TOKEN),
        session_id=source.session_id,
        session=_session(),
        connect_timeout=limits.graph_connect_seconds,
        read_timeout=limits.graph_read_seconds,
    )


class GatewaySender:
    """A session behind the one call that the send loop makes.

    Args:
        client: of the session.
    """

    def __init__(self, client: GatewayClient) -> None:
        self._client = client

    def send_message(self, phone_number_id: str, payload: Json) -> SendAnswer:
        """Send a Cloud API message through the session.

        Raises:
            NotSent, OutcomeUnknown, Refused: as `whatsapp.graph.GraphClient.send_message`.
        """
        try:
            wamid = self._send(payload)
        except failures.Refused as failure:
            _refuse(failure)
        return SendAnswer(wamid=wamid, message_status=None, wa_id=None, bsuid=None, http_status=200)

    def phone_number(self, phone_number_id: str, fields: object) -> Json:
        """Answer a probe: a session that is connected sends again.

        Raises:
            NotSent, OutcomeUnknown, Refused: as for a send.
        """
        try:
            state = self._client.state()
        except failures.GatewayFailure as failure:
            raise OutcomeUnknown(type(failure).__name__) from None
        if state is None or state != "session_connected":
            raise OutcomeUnknown("session_not_connected")
        return {"id": phone_number_id}

    def _send(self, payload: Json) -> str:
        to = str(payload.get("to") or payload.get("recipient"))
        kind = payload["type"]
        content: Mapping[str, Any] = payload[kind]
        if kind == "text":
            return self._client.send_text(to, content["body"])
        if kind in MEDIA_TYPES and content.get("link"):
            return self._client.send_media(to, _media(kind, content))
        title = "A gateway has no templates and no interactive messages"
        raise failures.Refused(verdict=failures.Verdict.PERMANENT, title=title, http_status=422)


def _media(kind: str, content: Mapping[str, Any]) -> OutgoingMedia:
    return OutgoingMedia(
        type=kind, link=content["link"], filename=content.get("filename"), caption=content.get("caption")
    )


def _refuse(failure: failures.Refused) -> NoReturn:
    """Raise a gateway's refusal as one of Meta's: only the verdict and its scope count."""
    verdict, scope, advice = RULES[failure.verdict]
    rule = ErrorRule(code=None, title=failure.title, verdict=verdict, scope=scope, advice=advice)
    raise Refused(
        code=None,
        subcode=None,
        http_status=failure.http_status,
        title=failure.title,
        details=None,
        user_message=None,
        fbtrace_id=None,
        is_transient=None,
        rule=rule,
    ) from None


def gateway_sender(source: Source) -> GatewaySender:
    """Return what sends for a gateway's channel.

    Raises:
        EncryptionError: WHATSAPP_ENCRYPTION_KEY does not decrypt the key.
    """
    return GatewaySender(gateway_client(source))


def gateway_with(file: ClaimedFile) -> Source | None:
    """Return the session whose gateway has a file; None: Meta has it."""
    return _gateway(file, file.channel_id)


def gateway_of(channel: DueChannel | PausedChannel) -> Source | None:
    """Return the session whose channel this is; None: it is Meta's."""
    return _gateway(channel, channel.id)


def _gateway(row: ClaimedFile | DueChannel | PausedChannel, channel_id: UUID) -> Source | None:
    if row.gateway_kind is None:
        return None
    return Source(
        channel_id=channel_id,
        tenant_id=row.tenant_id,
        kind=row.gateway_kind,
        session_id=str(row.gateway_session),
        base_url=str(row.gateway_url),
        api_key=str(row.access_token),
    )
