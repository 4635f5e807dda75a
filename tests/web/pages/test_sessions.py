"""Gateways' sessions as pages: states, summary, the day, and a QR for nobody but those who may link a phone."""

import base64
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine

from db import sealed
from db.encryption import Keyring
from db.gateway_settings import WantedSession, register
from db.ids import new_id
from gateways.state_machine import SessionState
from settings import get_settings
from simulator.gateways.world import API_KEY
from tasks import gateway_clients
from tests.db.conftest import only_settings as only_settings  # noqa: PLC0414 - a fixture
from tests.simulator.meta import Meta
from tests.tasks.conftest import meta as meta  # noqa: PLC0414 - a fixture
from tests.tasks.conftest import meta_process as meta_process  # noqa: PLC0414 - a fixture
from tests.web.api.world import Business, change, rows
from tests.web.people.browser import Browser
from tests.web.people.conftest import KEY, Person
from web.pages.session_looks import LOOKS
from web.pages.session_strip import LENGTH, connected_percent, strip

QR = "2@a-qr-that-links-a-phone"
SCRIPT = {"HX-Request": "true"}
PICTURE = "data:image/png;base64,"


@pytest.fixture(autouse=True)
def clients(only_settings: Callable[..., None], database: str) -> Iterator[None]:
    """Gateways are called with the pages' own key."""
    only_settings(DATABASE_URL=database, WHATSAPP_ENCRYPTION_KEY=KEY)
    gateway_clients.gateway_client.cache_clear()
    yield
    get_settings.cache_clear()
    gateway_clients.gateway_client.cache_clear()


def add_session(
    engine: Engine,
    tenant_id: UUID,
    name: str,
    kind: str = "waha",
    base_url: str = "http://127.0.0.1:9",
    *,
    user_id: str | None = None,
) -> UUID:
    wanted = WantedSession(
        kind=kind,
        session_id=name,
        base_url=base_url,
        api_key=API_KEY,
        proof="url_secret",
        secret="s" * 32,
        user_id=user_id,
    )
    with engine.begin() as connection:
        return register(connection, Keyring([KEY]), tenant_id, "test", wanted).channel_id


def put(engine: Engine, name: str, status: str, message: str | None = None, qr: str | None = None) -> None:
    """Bring a session into a state."""
    change(
        engine,
        """
        UPDATE gateway_sessions s SET status = :status, message = :message, qr = :qr,
            qr_expires_at = now() + interval '1 minute'
        FROM gateway_sources g WHERE g.channel_id = s.channel_id AND g.session_id = :name
        """,
        name=name,
        status=status,
        message=message,
        qr=Keyring([KEY]).encrypt(qr, sealed.SESSION_QR) if qr else None,
    )


@pytest.fixture
def shop(engine: Engine, ana: Person) -> UUID:
    return add_session(engine, ana.tenant_id, "shop")


@pytest.mark.parametrize("status", list(SessionState))
def test_every_state_has_a_colour_a_word_and_where_something_is_to_be_done_advice(
    owner: Browser, shop: UUID, engine: Engine, status: str
) -> None:
    """S3.36."""
    put(engine, "shop", status)
    for path in ("/settings/sessions", "/settings/sessions/shop"):
        assert f'data-status="{status}" data-colour="{LOOKS[status].colour}"' in owner.get(path).text
    needs_advice = LOOKS[status].colour in ("red", "yellow")
    assert not needs_advice or "What to do:" in owner.get("/settings/sessions/shop").text


def test_the_summary_counts_each_session_once_and_filters(owner: Browser, ana: Person, engine: Engine) -> None:
    states = ("session_connected", "qr_generated", "loading", "error", "stopped", "session_connected")
    for number, status in enumerate(states):
        add_session(engine, ana.tenant_id, f"s{number}")
        put(engine, f"s{number}", status, qr=QR if status == "qr_generated" else None)
    page = owner.get("/settings/sessions").text
    counts = dict(re.findall(r'data-count="(\w+)">(\d+)<', page))
    assert counts == {"total": "6", "connected": "2", "needsQR": "1", "loading": "1", "disconnected": "1", "error": "1"}
    filtered = owner.get("/settings/sessions?bucket=connected").text
    assert re.findall(r'data-session="(\w+)"', filtered) == ["s0", "s5"]
    assert 'hx-get="/settings/sessions?bucket=connected"' in filtered


def test_the_list_of_one_user_s_sessions_is_counted_alone_s3_37(owner: Browser, ana: Person, engine: Engine) -> None:
    for name, user_id in (("s0", "maria"), ("s1", "maria"), ("s2", "juan"), ("s3", None)):
        add_session(engine, ana.tenant_id, name, user_id=user_id)
    put(engine, "s1", "session_connected")
    page = owner.get("/settings/sessions?user=maria").text
    assert re.findall(r'data-session="(\w+)"', page) == ["s0", "s1"]
    assert dict(re.findall(r'data-count="(\w+)">(\d+)<', page))["total"] == "2"
    assert re.findall(r"<option[^>]*>([a-z]+)<", page) == ["juan", "maria"]
    assert "<option selected>maria<" in page
    filtered = owner.get("/settings/sessions?user=maria&bucket=connected").text
    assert re.findall(r'data-session="(\w+)"', filtered) == ["s1"]
    assert 'hx-get="/settings/sessions?bucket=connected&amp;user=maria"' in filtered


def test_a_script_gets_the_changing_part_alone_which_hears_of_sessions(owner: Browser, shop: UUID) -> None:
    for path in ("/settings/sessions", "/settings/sessions/shop"):
        part = owner.get(path, headers=SCRIPT).text
        assert "<!doctype" not in part
        assert 'data-hears="session_status" hx-trigger="look throttle:1s"' in part


@pytest.mark.parametrize(("role", "sees"), [("owner", True), ("operator", True), ("viewer", False)])
def test_the_qr_is_shown_to_who_may_link_a_phone_and_to_nobody_else(
    owner: Browser, shop: UUID, engine: Engine, role: str, sees: bool
) -> None:
    put(engine, "shop", "qr_generated", qr=QR)
    change(engine, "UPDATE users SET role = :role", role=role)
    page = owner.get("/settings/sessions/shop")
    assert (PICTURE in page.text) is sees
    assert page.headers["Cache-Control"] == "no-store"
    if sees:
        picture = page.text.partition(PICTURE)[2].partition('"')[0]
        assert base64.b64decode(picture).startswith(b"\x89PNG")
    assert QR not in page.text


def test_no_list_no_log_and_no_expired_card_has_the_qr(
    owner: Browser, shop: UUID, engine: Engine, capfd: pytest.CaptureFixture[str]
) -> None:
    put(engine, "shop", "qr_generated", qr=QR)
    assert PICTURE not in owner.get("/settings/sessions").text
    change(engine, "UPDATE gateway_sessions SET qr_expires_at = now()")
    card = owner.get("/settings/sessions/shop").text
    assert PICTURE not in card
    assert "The QR has expired" in card
    put(engine, "shop", "session_connected", qr=QR)
    assert PICTURE not in owner.get("/settings/sessions/shop").text
    assert QR not in "".join(capfd.readouterr())


@pytest.mark.parametrize(
    ("state", "told"),
    [(("loading", "Loading 75%: WhatsApp"), ["75"]), (("loading", "Loading"), []), (("error", "at 75%"), [])],
)
def test_loading_shows_how_far_it_is(
    owner: Browser, shop: UUID, engine: Engine, state: tuple[str, str], told: list[str]
) -> None:
    put(engine, "shop", *state)
    for path in ("/settings/sessions", "/settings/sessions/shop"):
        assert re.findall(r'<progress[^>]* value="(\d+)"', owner.get(path).text) == told


def add_event(engine: Engine, shop: UUID, before: str, after: str, ago: timedelta) -> None:
    change(
        engine,
        """
        INSERT INTO session_events (id, tenant_id, channel_id, event, word, state, is_step, unless_after, message,
            arrived_at, at, before, after, digest)
        SELECT :id, tenant_id, channel_id, 'x', 'x', :after, false, '{}', 'said', now() - :ago, now() - :ago, :before,
            :after, :digest FROM gateway_sources WHERE channel_id = :shop
        """,
        id=new_id(),
        shop=shop,
        before=before,
        after=after,
        ago=ago,
        digest=new_id().bytes,
    )


def test_the_strip_tells_the_last_day(owner: Browser, shop: UUID, engine: Engine) -> None:
    """S3.47."""
    change(engine, "UPDATE gateway_sources SET created_at = now() - interval '9 days'")
    add_event(engine, shop, "initial", "session_connected", timedelta(hours=40))
    add_event(engine, shop, "session_connected", "session_not_connected", timedelta(hours=12))
    add_event(engine, shop, "session_not_connected", "session_connected", timedelta(hours=6))
    for path in ("/settings/sessions", "/settings/sessions/shop"):
        page = owner.get(path).text
        drawn = re.findall(r'<rect class="strip-(\w+)" x="([\d.]+)" y="0" width="([\d.]+)"', page)
        assert [colour for colour, _, _ in drawn] == ["green", "red", "green"]
        assert [round(float(width)) for _, _, width in drawn] == [LENGTH // 2, LENGTH // 4, LENGTH // 4]
        assert re.findall(r'data-connected="\d+">([^<]+)<', page) in (["connected 75 %"], ["connected 74 %"])


def test_a_young_session_s_strip_begins_with_it_and_changes_of_the_same_moment_take_no_room() -> None:
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    session: Any = SimpleNamespace(status="session_connected", created_at=now - timedelta(hours=6))
    at = now - timedelta(hours=3)
    changes = [
        SimpleNamespace(at=at, before="initial", after="loading"),
        SimpleNamespace(at=at, before="loading", after="session_connected"),
    ]
    drawn = [(one.colour, one.x, one.width) for one in strip(session, changes, now)]
    assert drawn == [("secondary", LENGTH * 0.75, LENGTH / 8), ("green", LENGTH * 0.875, LENGTH / 8)]
    assert [one.colour for one in strip(session, [], now)] == ["green"]
    assert [connected_percent(strip(session, one, now)) for one in (changes, [])] == [50, 100]
    assert connected_percent([]) == 0


def test_what_a_gateway_says_is_shown_as_text(owner: Browser, shop: UUID, engine: Engine) -> None:
    put(engine, "shop", "error", "<b>broken</b>")
    for path in ("/settings/sessions", "/settings/sessions/shop"):
        assert "&lt;b&gt;broken&lt;/b&gt;" in owner.get(path).text


@pytest.fixture
def gateway(engine: Engine, ana: Person, meta: Meta) -> Callable[[str], str]:
    """Register a session that the simulator has; its page."""

    def made(kind: str) -> str:
        name = f"s{new_id().hex}"
        add_session(engine, ana.tenant_id, name, kind, f"{meta.address}/gateways/{kind}")
        meta.control("gateways", {"kind": kind, "session": name, "webhook_url": "http://127.0.0.1:9/"})
        return f"/settings/sessions/{name}"

    return made


def test_a_session_is_commanded_and_the_audit_log_says_by_whom(
    owner: Browser, gateway: Callable[[str], str], engine: Engine
) -> None:
    page = gateway("waha")
    for command, word in (
        ("start", "starts"),
        ("stop", "is stopped"),
        ("restart", "restarts"),
        ("log-out", "logged out"),
    ):
        assert owner.submit(f"{page}/{command}", form_at=page).location == page
        assert word in owner.get(page).text
    lines = rows(engine, "SELECT actor, action FROM audit_log WHERE action LIKE 'gateway.%' ORDER BY id")
    assert [tuple(line) for line in lines[1:]] == [
        ("user:ana", f"gateway.{command}") for command in ("start", "stop", "restart", "log-out")
    ]


def test_all_are_stopped_at_once_and_who_does_not_is_named(owner: Browser, gateway: Callable[[str], str]) -> None:
    waha, evolution = gateway("waha"), gateway("evolution").rpartition("/")[2]
    owner.submit("/settings/sessions", form_at="/settings/sessions")
    assert f"These did not stop: {evolution}." in owner.get("/settings/sessions").text
    assert 'data-status="stopped"' in owner.get(waha).text


def test_a_pairing_code_is_shown_once(owner: Browser, gateway: Callable[[str], str]) -> None:
    page = gateway("waha")
    owner.submit(f"{page}/start", form_at=page)
    shown = owner.submit(f"{page}/pairing-code", form_at=page, phone="+1 829 555 0142").text
    found = re.search(r'id="pairing-code" value="([^"]+)"', shown)
    assert found is not None
    assert found[1] not in owner.get(page).text
    refused = owner.submit(f"{page}/pairing-code", form_at=page, phone="829")
    assert (refused.status_code, "country code, for example" in refused.text) == (422, True)


def test_what_a_gateway_cannot_or_does_not_do_is_told_in_plain_words(
    owner: Browser, shop: UUID, gateway: Callable[[str], str]
) -> None:
    evolution = gateway("evolution")
    owner.submit(f"{evolution}/stop", form_at=evolution)
    assert "This kind of gateway cannot do that" in owner.get(evolution).text
    owner.submit("/settings/sessions/shop/start", form_at="/settings/sessions/shop")
    assert "The gateway gave no clear answer" in owner.get("/settings/sessions/shop").text


def test_another_tenant_s_session_is_nowhere(owner: Browser, pages: Flask, engine: Engine, stranger: Business) -> None:
    add_session(engine, stranger.tenant_id, "theirs")
    assert "theirs" not in owner.get("/settings/sessions").text
    assert owner.get("/settings/sessions/theirs").status_code == 404
    for command in ("start", "stop", "restart", "log-out", "pairing-code"):
        path = f"/settings/sessions/theirs/{command}"
        assert owner.submit(path, form_at="/account", phone="+18295550142").status_code == 404


NEW = {"kind": "waha", "session_id": "shop", "base_url": "http://127.0.0.1:3000", "api_key": "the-gateways-own-key"}


def test_a_session_is_registered_and_its_secret_shown_this_once(owner: Browser, engine: Engine) -> None:
    page = owner.submit("/settings/new-session", **NEW).text
    [secret] = re.findall(r'id="webhook-secret" value="([^"]{32,})"', page)
    assert "/api/whatsapp/webhook/shop" in page
    for path, told in (("sessions", "shop"), ("sessions/shop", "waha"), ("audit", "Gateway session registered")):
        shown = owner.get(f"/settings/{path}").text
        assert told in shown
        assert secret not in shown
    assert "the-gateways-own-key" not in page
    assert rows(engine, "SELECT kind, proof FROM gateway_sources") == [("waha", "hmac_sha512")]


def test_where_the_address_is_the_proof_it_holds_the_secret(owner: Browser) -> None:
    page = owner.submit("/settings/new-session", **{**NEW, "kind": "wppconnect"}).text
    assert re.search(r'id="webhook-url" value="[^"]*/webhook/shop\?secret=[^"]{32,}"', page)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"session_id": "with blanks"}, "session&#39;s name at the gateway"),
        ({"kind": "telegram"}, "session&#39;s name at the gateway"),
        ({"base_url": "ftp://gateway"}, "for example http://127.0.0.1:3000"),
        ({"api_key": ""}, "the key of the gateway"),
    ],
)
def test_a_session_that_cannot_be_is_refused_beside_its_field(
    owner: Browser, engine: Engine, fields: dict[str, str], reason: str
) -> None:
    answer = owner.submit("/settings/new-session", **{**NEW, **fields})
    assert answer.status_code == 422
    assert reason in answer.text
    assert "the-gateways-own-key" not in answer.text
    assert rows(engine, "SELECT FROM gateway_sources") == []


def test_a_name_that_is_taken_and_a_plan_that_is_full_are_told(owner: Browser, shop: UUID, engine: Engine) -> None:
    assert "is registered already" in owner.submit("/settings/new-session", **NEW).text
    change(engine, "UPDATE tenants SET sessions_allowed = 1")
    more = owner.submit("/settings/new-session", **{**NEW, "session_id": "second"})
    assert "Your plan allows 1 sessions" in more.text
