"""The webhook of a Meta app that a channel brings along: verified and signed with the channel's own, without a statement."""

import uuid
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from db.changes.channels import ChannelSettings, Wanted
from db.encryption import Keyring
from settings import Settings
from tests.db.conftest import new_encryption_key
from tests.rows import Place, add_channel, change, text_item, webhook
from tests.waiting import wait_for
from web.webhooks.app import create_webhook_app
from web.webhooks.inbox import Inbox
from web.webhooks.signers import Signers
from whatsapp.signature import sign

KEY = new_encryption_key()
OWN, NEWER, INSTALLATION = "secret-of-the-channels-own-app", "newer-secret-of-that-app", "secret-of-the-installation"
BODY = webhook(change(messages=[text_item()]))
VERIFY = {"hub.mode": "subscribe", "hub.verify_token": "own-verify-token", "hub.challenge": "1158201444"}


@pytest.fixture
def settings(database: str) -> Settings:
    return Settings(
        _env_file=None,
        database_url=database,
        whatsapp_encryption_key=KEY,
        whatsapp_app_secret=INSTALLATION,
        WHATSAPP_VERIFY_TOKEN="installation-verify-token",
    )


@pytest.fixture
def own(engine: Engine) -> Place:
    """A channel with an app secret and a verify token of its own."""
    with engine.begin() as connection:
        place = add_channel(connection)
        wanted = Wanted(phone_number_id="5550001", access_token="EAAG", verify_token="own-verify-token", app_secret=OWN)
        channel_id = ChannelSettings(connection, Keyring([KEY]), place.tenant_id, "test").connect(wanted)
    return Place(place.tenant_id, channel_id, "5550001")


@pytest.fixture
def signers(settings: Settings, engine: Engine, own: Place) -> Signers:
    made = Signers(settings)
    with engine.begin() as connection:
        made.refresh(connection)
    return made


@pytest.fixture
def client(settings: Settings, signers: Signers) -> FlaskClient:
    inbox = Inbox(settings.database, on_stored=lambda: None)
    return create_webhook_app(settings, inbox, signers).test_client()


def post(client: FlaskClient, channel_id: object, secret: str, body: bytes = BODY) -> Any:
    return client.post(f"/webhook/{channel_id}", data=body, headers={"X-Hub-Signature-256": sign(body, secret)})


def rows(database: str, query: str) -> list[Any]:
    with psycopg.connect(database) as connection:
        return connection.execute(query).fetchall()


def test_what_the_channels_own_secret_signed_is_stored_with_that_secret(
    client: FlaskClient, own: Place, database: str
) -> None:
    answer = post(client, own.channel_id, OWN)
    assert (answer.status_code, answer.text) == (200, "EVENT_RECEIVED")
    [(stored, secret_id)] = rows(database, "SELECT body, app_secret_id FROM inbox")
    assert bytes(stored) == BODY
    assert rows(database, f"SELECT channel_id FROM app_secrets WHERE id = '{secret_id}'") == [(own.channel_id,)]


def test_both_secrets_sign_while_one_is_being_rotated(
    client: FlaskClient, own: Place, engine: Engine, signers: Signers
) -> None:
    with engine.begin() as connection:
        changing = ChannelSettings(connection, Keyring([KEY]), own.tenant_id, "test")
        changing.update(own.channel_id, Wanted(app_secret=NEWER))
    with engine.begin() as connection:
        signers.refresh(connection)
    assert [post(client, own.channel_id, secret).status_code for secret in (OWN, NEWER)] == [200, 200]


@pytest.mark.parametrize("secret", [INSTALLATION, "wrong"])
def test_the_installations_secret_does_not_sign_at_a_channels_own_address_nor_the_other_way_round(
    client: FlaskClient, own: Place, database: str, secret: str
) -> None:
    assert post(client, own.channel_id, secret).status_code == 401
    assert client.post("/webhook", data=BODY, headers={"X-Hub-Signature-256": sign(BODY, OWN)}).status_code == 401
    assert rows(database, "SELECT FROM inbox") == []


@pytest.mark.parametrize("name", ["no-id", "../../etc", "%00", "x" * 300])
def test_an_address_that_can_be_no_channels_is_not_found(client: FlaskClient, name: str) -> None:
    assert post(client, name, OWN).status_code == 404


def test_while_it_is_not_known_who_may_sign_meta_is_asked_to_come_again(
    settings: Settings, own: Place, database: str
) -> None:
    inbox = Inbox(settings.database, on_stored=lambda: None)
    unread = create_webhook_app(settings, inbox, Signers(settings)).test_client()
    answer = post(unread, own.channel_id, OWN)
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    assert rows(database, "SELECT FROM inbox") == []


def test_a_channel_that_does_not_exist_is_refused_exactly_like_a_wrong_signature(
    client: FlaskClient, own: Place
) -> None:
    name = uuid.uuid4()
    known, unknown = post(client, own.channel_id, "wrong"), post(client, name, OWN)
    assert (unknown.status_code, unknown.data, dict(unknown.headers)) == (401, b"", dict(known.headers))
    wrong = client.get(f"/webhook/{own.channel_id}", query_string={**VERIFY, "hub.verify_token": "wrong"})
    missing = client.get(f"/webhook/{name}", query_string=VERIFY)
    assert (missing.status_code, missing.data) == (wrong.status_code, wrong.data) == (403, b"Verification failed")


def test_verification_takes_the_channels_own_token_and_is_written_down(
    client: FlaskClient, own: Place, engine: Engine, signers: Signers, database: str
) -> None:
    answer = client.get(f"/webhook/{own.channel_id}", query_string=VERIFY)
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "1158201444", "text/plain")
    of_installation = {**VERIFY, "hub.verify_token": "installation-verify-token"}
    assert client.get(f"/webhook/{own.channel_id}", query_string=of_installation).status_code == 403
    with engine.begin() as connection:
        signers.write_notices(connection)
    verified = rows(database, "SELECT phone_number_id FROM channels WHERE webhook_verified_at IS NOT NULL")
    assert verified == [("5550001",)]


def test_a_refusal_is_written_down_for_the_channel_and_only_once_a_minute(
    client: FlaskClient, own: Place, engine: Engine, signers: Signers, database: str
) -> None:
    post(client, own.channel_id, "wrong")
    with engine.begin() as connection:
        signers.write_notices(connection)
    [(first,)] = rows(database, "SELECT webhook_refused_at FROM channels WHERE phone_number_id = '5550001'")
    assert first is not None
    post(client, own.channel_id, "wrong")
    with engine.begin() as connection:
        signers.write_notices(connection)
    assert rows(database, "SELECT webhook_refused_at FROM channels WHERE phone_number_id = '5550001'") == [(first,)]


def test_no_request_asks_postgres_who_may_sign(
    client: FlaskClient, own: Place, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    listener = lambda _c, _cu, statement, *_: seen.append(statement)  # noqa: E731
    event.listen(type(engine), "before_cursor_execute", listener)
    try:
        post(client, own.channel_id, OWN)
        post(client, own.channel_id, "wrong")
        post(client, uuid.uuid4(), OWN)
        client.get(f"/webhook/{own.channel_id}", query_string=VERIFY)
    finally:
        event.remove(type(engine), "before_cursor_execute", listener)
    assert seen == []


def test_a_running_process_learns_of_a_new_channel_and_forgets_a_disconnected_one(
    settings: Settings, engine: Engine, own: Place
) -> None:
    signers = Signers(settings)
    signers.start(refresh_seconds=0.05)
    wait_for(lambda: signers.knows(own.channel_id), 10)
    with engine.begin() as connection:
        ChannelSettings(connection, Keyring([KEY]), own.tenant_id, "test").disconnect(own.channel_id)
    wait_for(lambda: not signers.knows(own.channel_id), 10)


def test_a_signer_does_not_show_its_secrets(signers: Signers, own: Place) -> None:
    shown = f"{signers.of_channel(own.channel_id)!r} {signers!r} {signers.installation!r}"
    assert not any(secret in shown for secret in (OWN, INSTALLATION, "own-verify-token", "installation-verify-token"))
