"""Secrets inside bodies: keys are dropped, QR and pairing codes are sealed before anything is stored (D1, S3.50)."""

import base64

import pytest

from gateways.items import SessionEvent
from gateways.kinds import Kind
from gateways.payload import split
from gateways.qr_images import qr_image
from gateways.secrets import digest_of, sealed_token, without_secrets
from tests.gateways.bodies import QR, baileys_message, body_of, evolution, web_message, wppconnect, wwebjs


def seal(secret: str) -> str:
    return base64.b64encode(secret[::-1].encode()).decode()


PICTURE = "iVBORw0KGgoAAAANSUhEUg"
BODIES = [
    (Kind.FOUNDING, body_of({"event": "qr", "data": {"qr": QR}})),
    (Kind.FOUNDING, body_of({"qr": QR})),
    (Kind.WWEBJS, wwebjs("qr", {"qr": QR})),
    (Kind.EVOLUTION, evolution("qrcode.updated", {"qrcode": {"code": QR, "pairingCode": "AB12", "base64": PICTURE}})),
    (Kind.WPPCONNECT, wppconnect("qrcode", qrcode=PICTURE, urlcode=QR)),
]


@pytest.mark.parametrize(("kind", "body"), BODIES)
def test_a_qr_is_sealed_and_still_tells_its_event(kind: Kind, body: bytes) -> None:
    stored = without_secrets(kind, body, seal)
    assert QR.encode() not in stored
    assert PICTURE.encode() not in stored
    assert b"instance-token" not in stored
    (item,) = split(kind, stored)
    assert isinstance(item, SessionEvent)
    assert item.qr is not None
    assert sealed_token(item.qr) == seal(QR)


@pytest.mark.parametrize(("kind", "body"), BODIES)
def test_the_key_of_a_qr_is_the_same_sealed_or_not(kind: Kind, body: bytes) -> None:
    (plain,), (sealed,) = split(kind, body), split(kind, without_secrets(kind, body, seal))
    assert plain.key == sealed.key


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (Kind.WWEBJS, wwebjs("code", {"code": "AB12CD34"})),
        (Kind.WPPCONNECT, wppconnect("phoneCode", phoneCode="AB12CD34")),
    ],
)
def test_a_pairing_code_is_sealed_too(kind: Kind, body: bytes) -> None:
    stored = without_secrets(kind, body, seal)
    assert b"AB12CD34" not in stored
    (item,) = split(kind, stored)
    assert isinstance(item, SessionEvent)
    assert item.pairing_code is not None


def test_the_gateways_key_is_dropped_from_every_evolution_body() -> None:
    stored = without_secrets(Kind.EVOLUTION, evolution("messages.upsert", baileys_message()), seal)
    assert b"apikey" not in stored
    assert b"instance-token" not in stored


def test_an_escaped_name_hides_no_secret() -> None:
    stored = without_secrets(Kind.EVOLUTION, b'{"event":"x","data":{},"api\\u006bey":"hidden-token"}', seal)
    assert b"hidden-token" not in stored


@pytest.mark.parametrize("kind", Kind)
def test_a_body_without_secrets_keeps_its_bytes(kind: Kind) -> None:
    body = b'{ "event":"message",  "data" : {"message":{"body":"2.50"}} }'
    assert without_secrets(kind, body, seal) == body


def test_a_message_that_talks_about_a_qr_is_left_alone() -> None:
    body = wwebjs("message", {"message": web_message(body='my "qr"', qr="not a login")})
    assert without_secrets(Kind.WWEBJS, body, seal) == body


def test_bytes_that_are_no_json_are_left_to_the_reader() -> None:
    assert without_secrets(Kind.FOUNDING, b'{"qr"', seal) == b'{"qr"'


def test_digests_tell_secrets_apart_without_telling_them() -> None:
    assert digest_of(QR) != digest_of(QR + "x")
    assert QR not in digest_of(QR)


def test_the_picture_is_a_png_of_at_least_256_pixels() -> None:
    """S3.21b."""
    image = qr_image(QR)
    assert image is not None
    content = base64.b64decode(image.removeprefix("data:image/png;base64,"))
    assert content.startswith(b"\x89PNG")
    assert int.from_bytes(content[16:20], "big") >= 256


def test_what_cannot_be_drawn_is_null() -> None:
    """S3.29."""
    assert qr_image("x" * 5000) is None
