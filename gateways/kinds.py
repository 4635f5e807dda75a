"""The gateways we know, and what each can and cannot do. None has templates or a service window."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What speaks at the other end. It belongs to the registered source: no header or body can change it."""

    FOUNDING = "founding"
    WWEBJS = "wwebjs"
    """wwebjs-api, and whatsapp-api before it."""
    WAHA = "waha"
    EVOLUTION = "evolution"
    WPPCONNECT = "wppconnect"


class Proof(StrEnum):
    """How a webhook proves where it comes from."""

    HMAC_SHA256 = "hmac_sha256"
    HMAC_SHA512 = "hmac_sha512"
    JWT = "jwt"
    SHARED_KEY = "shared_key"
    URL_SECRET = "url_secret"


@dataclass(slots=True, frozen=True, kw_only=True)
class Capabilities:
    """What can be relied on; shown to people before they choose a gateway."""

    proofs: tuple[Proof, ...]
    """What its webhooks can prove themselves by, the strongest first."""
    templates: bool = False
    service_window: bool = False
    callback_data: bool = False
    """Receipts never carry our id: a send whose answer was lost is for a person to decide."""
    retries_webhooks: bool
    """False: what it posts while we are down is gone."""
    qr_in_events: bool
    """False: the event only tells that there is a QR; it has to be fetched."""
    source_times: bool
    """Its session events carry the time at which they happened."""


CAPABILITIES: Mapping[Kind, Capabilities] = {
    Kind.FOUNDING: Capabilities(
        proofs=(Proof.HMAC_SHA256, Proof.URL_SECRET), retries_webhooks=False, qr_in_events=True, source_times=False
    ),
    Kind.WWEBJS: Capabilities(
        proofs=(Proof.SHARED_KEY, Proof.URL_SECRET), retries_webhooks=False, qr_in_events=True, source_times=False
    ),
    Kind.WAHA: Capabilities(proofs=(Proof.HMAC_SHA512,), retries_webhooks=True, qr_in_events=False, source_times=True),
    Kind.EVOLUTION: Capabilities(
        proofs=(Proof.JWT, Proof.SHARED_KEY), retries_webhooks=True, qr_in_events=True, source_times=False
    ),
    Kind.WPPCONNECT: Capabilities(
        proofs=(Proof.URL_SECRET,), retries_webhooks=False, qr_in_events=True, source_times=False
    ),
}
