"""The receiver of gateways' webhooks: founding answers, proofs, strictness, durability (S3.1 to S3.3, S3.27, S3.32 to S3.35)."""

import time
from typing import Any

import jwt
import orjson
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from db import gateway_settings, sealed
from db.encryption import Keyring
from db.gateway_settings import WantedSession
from gateways.kinds import CAPABILITIES, Kind, Proof
from gateways.proofs import sign_sha256, sign_sha512
from settings import Settings
from tests.db.conftest import new_encryption_key
from tests.gateways.bodies import QR, baileys_message, body_of, evolution, flat_message, waha, waha_message, web_message
from tests.rows import add_channel
from web.webhooks.gateway_sources import GatewaySources
from web.webhooks.gateways import REFUSALS_A_MINUTE, create_gateway_app
from web.webhooks.inbox import Inbox

KEY = new_encryption_key()
SECRET = "secret-of-the-session-of-32-bytes!"
NAMES = {kind: f"{kind}-shop" for kind in Kind}
MESSAGES: dict[Kind, bytes] = {
    Kind.FOUNDING: body_of({"event": "message", "data": {"message": web_message()}}),
    Kind.WWEBJS: body_of({"dataType": "message", "data": {"message": web_message()}, "sessionId": "x"}),
    Kind.WAHA: waha("message", waha_message()),
    Kind.EVOLUTION: evolution("messages.upsert", baileys_message()),
    Kind.WPPCONNECT: body_of({"event": "onmessage", "session": "x", **flat_message()}),
}


@pytest.fixture
def settings(database: str) -> Settings:
    return Settings(_env_file=None, database_url=database, whatsapp_encryption_key=KEY)


@pytest.fixture
def sources(settings: Settings, engine: Engine) -> GatewaySources:
    """A session of every kind, each with its strongest proof."""
    made = GatewaySources(settings)
    with engine.begin() as connection:
        place = add_channel(connection)
        for kind, name in NAMES.items():
            wanted = WantedSession(
                kind=kind, session_id=name, base_url="http://127.0.0.1:3000", api_key="key",
                proof=CAPABILITIES[kind].proofs[0], secret=SECRET, user_id=None,
            )  # fmt: skip
            gateway_settings.register(connection, Keyring([KEY]), place.tenant_id, "test", wanted)
        made.refresh(connection)
    return made


@pytest.fixture
def client(settings: Settings, sources: GatewaySources) -> FlaskClient:
    return create_gateway_app(settings, Inbox(settings.database, on_stored=lambda: None), sources).test_client()


def proof_of(kind: Kind, body: bytes, secret: str = SECRET) -> dict[str, Any]:
    """What a genuine gateway sends along."""
    now = int(time.time())
    match CAPABILITIES[kind].proofs[0]:
        case Proof.HMAC_SHA256:
            return {"headers": {"X-Webhook-Signature": sign_sha256(body, secret)}}
        case Proof.HMAC_SHA512:
            return {"headers": {"X-Webhook-Hmac": sign_sha512(body, secret), "X-Webhook-Hmac-Algorithm": "sha512"}}
        case Proof.JWT:
            told = {"iat": now, "exp": now + 600, "app": "evolution", "action": "webhook"}
            return {"headers": {"Authorization": f"Bearer {jwt.encode(told, secret, 'HS256')}"}}
        case Proof.SHARED_KEY:
            return {"headers": {"x-api-key": secret}}
    return {"query_string": {"secret": secret}}


def post(client: FlaskClient, kind: Kind, body: bytes, suffix: str = "", **more: Any) -> Any:
    return client.post(f"/api/whatsapp/webhook/{NAMES[kind]}{suffix}", data=body, **{**proof_of(kind, body), **more})


def stored(engine: Engine) -> list[bytes]:
    with engine.connect() as connection:
        return [bytes(body) for body in connection.execute(text("SELECT body FROM inbox")).scalars()]


def test_the_address_says_that_it_is_ready(client: FlaskClient) -> None:
    """S3.3."""
    answer = client.get("/api/whatsapp/webhook/session-123")
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["success"] is True
    assert answer.json["message"] == "Webhook endpoint ready for session session-123"
    assert answer.json["timestamp"].endswith("Z")


@pytest.mark.parametrize("kind", Kind)
def test_what_proves_itself_is_stored_raw_and_acknowledged(client: FlaskClient, engine: Engine, kind: Kind) -> None:
    """S3.2, S3.41."""
    body = MESSAGES[kind]
    answer = post(client, kind, body)
    event = orjson.loads(body).get("event") or orjson.loads(body)["dataType"]
    assert answer.status_code == 200
    assert answer.json == {"success": True, "message": f"Webhook event {event} processed for session {NAMES[kind]}"}
    (kept,) = stored(engine)
    if kind is not Kind.EVOLUTION:
        assert kept == body


@pytest.mark.parametrize("kind", Kind)
def test_without_a_proof_it_is_400_and_with_a_wrong_one_401(client: FlaskClient, engine: Engine, kind: Kind) -> None:
    """S3.32, S3.35, S3.46."""
    body = MESSAGES[kind]
    address = f"/api/whatsapp/webhook/{NAMES[kind]}"
    assert client.post(address, data=body).status_code == 400
    wrong = client.post(address, data=body, **proof_of(kind, body, "another-secret-of-thirty-two-bytes"))
    assert (wrong.status_code, wrong.json["success"]) == (401, False)
    assert stored(engine) == []


def test_a_session_nobody_registered_is_refused_like_a_wrong_proof(client: FlaskClient) -> None:
    body = MESSAGES[Kind.WWEBJS]
    unknown = client.post("/api/whatsapp/webhook/nobody", data=body, headers={"x-api-key": SECRET})
    wrong = post(client, Kind.WWEBJS, body, headers={"x-api-key": "w" * 40})
    assert (unknown.status_code, unknown.json) == (wrong.status_code, wrong.json)


def test_the_kind_belongs_to_the_source_whatever_headers_say(client: FlaskClient) -> None:
    body = MESSAGES[Kind.WAHA]
    metas = {"X-Hub-Signature-256": sign_sha256(body, SECRET), "x-api-key": SECRET}
    assert post(client, Kind.WAHA, body, headers=metas).status_code == 400


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        (b"{", "Invalid webhook payload"),
        (b"[]", "Invalid webhook payload"),
        (b"{}", "Unknown payload format"),
        (b'{"sessionId":"shop","data":{}}', "Missing event type in payload"),
        (b'{"event":"qr","data":{"qr":5}}', "Invalid webhook payload"),
        (b'{"event":"loading_screen","data":{"percent":"much"}}', "Invalid webhook payload"),
        (b'{"event":"message","data":{"message":{}}}', "Invalid webhook payload"),
    ],
)
def test_a_malformed_body_is_told_with_details_and_not_stored(
    client: FlaskClient, engine: Engine, payload: bytes, error: str
) -> None:
    """S3.2, S3.27, S3.38."""
    answer = post(client, Kind.FOUNDING, payload)
    assert answer.status_code == 400
    assert (answer.json["success"], answer.json["error"]) == (False, error)
    assert answer.json["details"][0]["detail"]
    assert stored(engine) == []


@pytest.mark.parametrize("kind", Kind)
def test_an_event_nobody_knows_is_stored_and_answered_200(client: FlaskClient, engine: Engine, kind: Kind) -> None:
    body = body_of({"event": "brand_new", "data": {"a": 1}, "payload": {"a": 1}})
    assert post(client, kind, body).status_code == 200
    assert len(stored(engine)) == 1


def test_evolutions_suffix_for_each_event_is_taken_too(client: FlaskClient) -> None:
    assert post(client, Kind.EVOLUTION, MESSAGES[Kind.EVOLUTION], "/messages-upsert").status_code == 200


def test_keys_are_dropped_and_qrs_sealed_before_anything_is_stored(client: FlaskClient, engine: Engine) -> None:
    body = evolution(
        "qrcode.updated", {"qrcode": {"code": QR, "pairingCode": None, "base64": "data:image/png;base64,iVBOR"}}
    )
    assert post(client, Kind.EVOLUTION, body).status_code == 200
    (kept,) = stored(engine)
    assert b"instance-token" not in kept
    assert b"base64," not in kept
    assert QR.encode() not in kept
    token = orjson.loads(kept)["data"]["qrcode"]["code"].split(":", 2)[2]
    assert Keyring([KEY]).decrypt(token, sealed.SESSION_QR) == QR


def test_when_it_cannot_be_stored_it_is_503_so_that_gateways_try_again(
    sources: GatewaySources, settings: Settings
) -> None:
    """S3.28, S3.40."""
    nowhere = Inbox("postgresql://nobody@127.0.0.1:1/nothing", on_stored=lambda: None)
    client = create_gateway_app(settings, nowhere, sources).test_client()
    answer = post(client, Kind.WAHA, MESSAGES[Kind.WAHA])
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_what_breaks_here_is_500_in_the_founding_shape_and_nothing_is_stored(
    sources: GatewaySources, settings: Settings, engine: Engine
) -> None:
    """S3.2: a QR that no key can encrypt is not stored open."""
    keyless = settings.model_copy(update={"whatsapp_encryption_key": ()})
    client = create_gateway_app(keyless, Inbox(settings.database, on_stored=lambda: None), sources).test_client()
    answer = post(client, Kind.FOUNDING, body_of({"event": "qr", "data": {"qr": QR}}))
    assert (answer.status_code, answer.json) == (500, {"success": False, "error": "Internal Server Error"})
    assert stored(engine) == []


def test_until_the_sessions_were_read_once_nothing_is_refused_for_good(settings: Settings) -> None:
    inbox = Inbox(settings.database, on_stored=lambda: None)
    client = create_gateway_app(settings, inbox, GatewaySources(settings)).test_client()
    assert post(client, Kind.WAHA, MESSAGES[Kind.WAHA]).status_code == 503


def test_a_body_beyond_3_mb_is_refused(client: FlaskClient) -> None:
    assert post(client, Kind.WPPCONNECT, b"x" * (3 * 1024 * 1024 + 1)).status_code == 413


def test_who_is_refused_too_often_is_told_nothing_more_and_who_proves_itself_is_never_limited(
    client: FlaskClient,
) -> None:
    """S3.33."""
    body = MESSAGES[Kind.WWEBJS]
    for _ in range(REFUSALS_A_MINUTE + 10):
        assert post(client, Kind.WWEBJS, body).status_code == 200
    for _ in range(REFUSALS_A_MINUTE):
        assert client.post(f"/api/whatsapp/webhook/{NAMES[Kind.WWEBJS]}", data=body).status_code == 400
    answer = client.post(f"/api/whatsapp/webhook/{NAMES[Kind.WWEBJS]}", data=body)
    assert (answer.status_code, answer.json["success"]) == (429, False)
    assert post(client, Kind.WWEBJS, body).status_code == 200


def test_a_rotated_secret_is_accepted_beside_the_old_one(
    client: FlaskClient, engine: Engine, sources: GatewaySources
) -> None:
    from db import app_secrets
    from db.ids import new_id
    from db.queries import app_secrets as queries

    newer = "a-newer-secret-of-the-same-session"
    with engine.begin() as connection:
        channel_id, tenant_id = connection.execute(
            text("SELECT channel_id, tenant_id FROM gateway_sources WHERE session_id = :name"),
            {"name": NAMES[Kind.WAHA]},
        ).one()
        queries.add(
            connection, tenant_id, channel_id, secret_id=new_id(),
            secret=Keyring([KEY]).encrypt(newer, sealed.APP_SECRET), digest=app_secrets.digest_of(newer),
        )  # fmt: skip
        sources.refresh(connection)
    body = MESSAGES[Kind.WAHA]
    for secret in (SECRET, newer):
        answer = client.post(
            f"/api/whatsapp/webhook/{NAMES[Kind.WAHA]}", data=body, **proof_of(Kind.WAHA, body, secret)
        )
        assert answer.status_code == 200
