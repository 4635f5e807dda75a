"""Subscribing the app and registering the callback: what Meta's stand-in is told, and what people are told."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from checks.registration import Registration, callback_url
from checks.run import prove
from db.bootstrap import bootstrap
from db.changes.channels import ChannelSettings, Wanted
from db.changes.refusal import NotFoundError, Refusal
from db.encryption import Keyring
from db.ids import new_id
from settings import Settings
from simulator import defaults
from tests.checks.test_run import KEY
from tests.simulator.meta import Meta
from tests.simulator.receiver import Receiver
from tests.tasks.conftest import meta as meta  # noqa: PLC0414 - a fixture
from tests.tasks.conftest import meta_process as meta_process  # noqa: PLC0414 - a fixture
from tests.whatsapp.graph_server import serving, stall_before

Registering = Callable[..., Registration]


@pytest.fixture(scope="module")
def public() -> Iterator[Receiver]:
    """The address under which Meta reaches this service."""
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def settings(database: str, meta: Meta, public: Receiver) -> Settings:
    return Settings(
        _env_file=None,
        database_url=database,
        whatsapp_encryption_key=KEY,
        graph_api_url=meta.address,
        public_url=public.address,
        whatsapp_access_token=defaults.ACCESS_TOKEN,
        whatsapp_phone_number_id=defaults.PHONE_NUMBER_ID,
        whatsapp_business_account_id=defaults.WABA_ID,
        whatsapp_app_secret=defaults.APP_SECRET,
        WHATSAPP_VERIFY_TOKEN=public.verify_token,
    )


@pytest.fixture
def registering(engine: Engine, settings: Settings) -> Registering:
    """The registration of the first channel, with other settings where they are given."""
    bootstrap(settings)

    def make(channel_id: UUID | None = None, **given: Any) -> Registration:
        with engine.connect() as connection:
            tenant_id, first = connection.execute(text("SELECT tenant_id, id FROM channels")).one()
        changed = settings.model_copy(update=given)
        return Registration(engine.begin, changed, tenant_id, channel_id or first, "user:ana")

    return make


def audit(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT actor, action FROM audit_log ORDER BY id")))


def apps(meta: Meta) -> Any:
    return meta.call("GET", f"{defaults.WABA_ID}/subscribed_apps").json()["data"]


def test_an_app_that_is_not_subscribed_is_subscribed_once_and_the_audit_log_says_by_whom(
    registering: Registering, meta: Meta, engine: Engine
) -> None:
    meta.call("DELETE", f"{defaults.WABA_ID}/subscribed_apps")
    registering().subscribe_app()
    assert len(apps(meta)) == 1
    registering().subscribe_app()
    assert audit(engine) == [("user:ana", "channel.app_subscribed")]


def test_the_installations_app_posts_this_accounts_webhooks_here_and_subscribing_again_keeps_that(
    registering: Registering, meta: Meta, public: Receiver, engine: Engine
) -> None:
    url = f"{public.address}/webhook"
    assert registering().register_callback() == url
    registering().subscribe_app()
    assert apps(meta)[0]["override_callback_uri"] == url
    assert audit(engine) == [("user:ana", "channel.callback_registered")]


def test_an_app_of_the_channels_own_is_told_its_own_address_and_fields(
    registering: Registering, meta: Meta, public: Receiver, engine: Engine
) -> None:
    first = registering()
    with engine.begin() as connection:
        wanted = Wanted(app_secret=defaults.APP_SECRET, verify_token=public.verify_token)
        ChannelSettings(connection, Keyring([KEY]), first.tenant_id, "test").update(first.channel_id, wanted)
    url = f"{public.address}/webhook/{first.channel_id}"
    assert first.register_callback() == url
    token = f"{defaults.APP_ID}|{defaults.APP_SECRET}"
    [told] = meta.call("GET", f"{defaults.APP_ID}/subscriptions", token=token).json()["data"]
    assert told["callback_url"] == url
    assert "messages" in {field["name"] for field in told["fields"]}


@pytest.mark.parametrize(
    ("given", "code", "line"),
    [
        ({"public_url": "http://127.0.0.1:9"}, "meta_refused", "could not verify the callback URL"),
        ({"public_url": "https://" + "a" * 200}, "url_too_long", "shorten PUBLIC_URL"),
        ({"graph_api_url": "http://127.0.0.1:9"}, "meta_refused", "could not be reached"),
        ({"whatsapp_verify_token": None}, "verify_token_missing", "set one"),
    ],
)
def test_what_stands_in_the_way_is_said_with_what_to_do_and_nothing_is_noted(
    registering: Registering, engine: Engine, given: dict[str, Any], code: str, line: str
) -> None:
    with pytest.raises(Refusal) as refused:
        registering(**given).register_callback()
    assert (refused.value.code, line in refused.value.detail) == (code, True)
    assert audit(engine) == []


def test_an_expired_token_is_said(registering: Registering, meta: Meta) -> None:
    registration = registering()
    meta.control("settings", token_expired=True)
    with pytest.raises(Refusal, match="190"):
        registration.subscribe_app()


def test_a_channel_that_is_not_the_tenants_is_not_found(registering: Registering) -> None:
    for call in (registering(new_id()).subscribe_app, registering(new_id()).register_callback):
        with pytest.raises(NotFoundError):
            call()


def unproved(engine: Engine) -> Any:
    query = "SELECT number_unproved_since IS NOT NULL, waba_unproved_since IS NOT NULL FROM channels"
    with engine.connect() as connection:
        return tuple(connection.execute(text(query)).one())


def test_a_token_that_reads_number_and_account_proves_them_and_another_proves_nothing(
    registering: Registering, settings: Settings, engine: Engine, meta: Meta
) -> None:
    first = registering()
    with engine.begin() as connection:
        connection.execute(text("UPDATE channels SET number_unproved_since = now(), waba_unproved_since = now()"))
    meta.control("settings", token_expired=True)
    prove(engine.begin, settings, first.tenant_id, first.channel_id)
    assert unproved(engine) == (True, True)
    meta.control("settings", token_expired=False)
    prove(engine.begin, settings, first.tenant_id, first.channel_id)
    assert unproved(engine) == (False, False)
    prove(engine.begin, settings, first.tenant_id, first.channel_id)
    assert audit(engine) == [("rule:proof", "channel.number_proved"), ("rule:proof", "channel.account_proved")]


def test_a_meta_that_hangs_is_not_waited_for(registering: Registering, settings: Settings, engine: Engine) -> None:
    first, over = registering(), threading.Event()
    with engine.begin() as connection:
        connection.execute(text("UPDATE channels SET number_unproved_since = now(), waba_unproved_since = now()"))
    with serving(stall_before(over)) as hanging:
        started = time.monotonic()
        prove(
            engine.begin,
            settings.model_copy(update={"graph_api_url": hanging.url}),
            first.tenant_id,
            first.channel_id,
        )
        assert time.monotonic() - started < settings.limits.proving_seconds
        over.set()
        assert len(hanging.requests) == 1, "who hangs is not asked a second question"
    assert unproved(engine) == (True, True)


def test_a_webhook_url_of_its_own_is_the_base_of_callbacks(settings: Settings) -> None:
    given = settings.model_copy(update={"whatsapp_webhook_url": "https://hooks.example.com/wa/"})
    channel_id = new_id()
    assert callback_url(given, None) == "https://hooks.example.com/wa/webhook"
    assert callback_url(given, channel_id) == f"https://hooks.example.com/wa/webhook/{channel_id}"
