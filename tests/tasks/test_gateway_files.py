"""Files of messages that came through gateways: had from the gateway itself, stored like Meta's (S3.16 to S3.21)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from gateways.kinds import Kind
from tasks.media import fetch_once
from tasks.media_storage import MediaStorage
from tests.rows import Place
from tests.tasks.gateway_world import CUSTOMER, GatewayWorld
from tests.tasks.test_gateway_lives import only_settings as only_settings  # noqa: PLC0414 - a fixture
from tests.tasks.test_gateway_lives import settings as settings  # noqa: PLC0414 - a fixture
from tests.tasks.test_gateway_threads import kind as kind  # noqa: PLC0414 - a fixture
from tests.tasks.test_gateway_threads import world as world  # noqa: PLC0414 - a fixture
from tests.whatsapp.graph_server import raw_answer, serving

CONTENT = b"%PDF-"
FILE = {"from": CUSTOMER, "type": "document", "body": "Ya pagué", "file": True}


@pytest.fixture
def storage(tmp_path: Path) -> MediaStorage:
    return MediaStorage((tmp_path / "media").as_uri())


@pytest.fixture
def fetch(engine: Engine, storage: MediaStorage) -> Callable[[], bool]:
    return lambda: fetch_once(engine, storage, _no_graph)


def _no_graph(_token: str, _app_secret: str | None) -> Any:
    raise AssertionError("Meta must not be asked for a gateway's file")


def file(world: GatewayWorld) -> Any:
    [row] = world.rows("SELECT * FROM media_files")
    return row


def run(world: GatewayWorld, statement: str, **values: Any) -> None:
    with world.engine.begin() as connection:
        connection.execute(text(statement), values)


def test_a_file_is_had_from_the_gateway_and_stored_beside_its_message(
    world: GatewayWorld, place: Place, kind: Kind, fetch: Callable[[], bool], storage: MediaStorage
) -> None:
    """S3.20."""
    world.connect(place, kind)
    world.act(kind, "inbound", **FILE)
    assert (file(world).state, file(world).meta_id) == ("waiting", None)
    assert fetch()
    row = file(world)
    assert (row.state, row.reason, row.served_type, row.size) == ("stored", None, "application/pdf", len(CONTENT))
    assert b"".join(storage.blocks(row.path)) == CONTENT
    [message] = world.rows("SELECT id, type, text FROM messages")
    assert (message.id, message.type, message.text) == (row.message_id, "document", "Ya pagué")
    assert not fetch()


@pytest.mark.parametrize("kind", [Kind.WAHA, Kind.WWEBJS])
def test_a_file_waits_while_its_session_is_not_connected_and_costs_no_message(
    world: GatewayWorld, place: Place, kind: Kind, fetch: Callable[[], bool]
) -> None:
    world.connect(place, kind)
    made = world.act(kind, "inbound", **FILE)
    if kind is Kind.WAHA:
        world.act(kind, "drop_file", id=made["id"])
    world.act(kind, "lose", reason="NAVIGATION")
    assert fetch()
    row = file(world)
    assert (row.state, row.attempts, row.reason) == ("waiting", 1, "gateway_disconnected")
    assert len(world.rows("SELECT FROM messages")) == 1
    world.act(kind, "start")
    world.act(kind, "scan")
    run(world, "UPDATE media_files SET due_at = now()")
    assert fetch()
    assert file(world).state == "stored"


def test_a_file_that_waha_let_go_is_had_downloaded_again(
    world: GatewayWorld, place: Place, fetch: Callable[[], bool]
) -> None:
    world.connect(place, Kind.WAHA)
    made = world.act(Kind.WAHA, "inbound", **FILE)
    world.act(Kind.WAHA, "drop_file", id=made["id"])
    assert fetch()
    assert file(world).state == "stored"


def test_no_webhook_sends_us_or_our_key_to_another_host(
    world: GatewayWorld, place: Place, fetch: Callable[[], bool]
) -> None:
    """A path of the gateway's own is asked for at the registered address; anything else is refused."""
    world.connect(place, Kind.WAHA)
    world.act(Kind.WAHA, "inbound", **FILE)
    with serving(raw_answer(200, b"stolen")) as elsewhere:
        for path in ("/other/1.pdf", "/"):
            run(
                world,
                "UPDATE messages SET content = jsonb_set(content, '{message,media,url}', to_jsonb(CAST(:url AS text)))",
                url=f"{elsewhere.url}{path}",
            )
            run(world, "UPDATE media_files SET state = 'waiting', due_at = now()")
            assert fetch()
            assert (file(world).state, file(world).reason) == ("failed", "foreign_host")
        run(
            world,
            "UPDATE messages SET content = jsonb_set(content, '{message,media,url}', to_jsonb(CAST(:url AS text)))",
            url=f"{elsewhere.url}/api/files/unknown.pdf",
        )
        run(world, "UPDATE media_files SET state = 'waiting', due_at = now()")
        assert fetch()
        assert elsewhere.requests == []
    assert file(world).state == "stored", "had downloaded again, at the registered address"


def test_what_the_gateway_does_not_know_is_given_up_and_the_message_stays(
    world: GatewayWorld, place: Place, fetch: Callable[[], bool]
) -> None:
    world.connect(place, Kind.EVOLUTION)
    world.act(Kind.EVOLUTION, "inbound", **FILE)
    run(world, """UPDATE messages SET content = jsonb_set(content, '{message,key,id}', '"other"')""")
    assert fetch()
    assert (file(world).state, file(world).reason) == ("failed", "refused_by_gateway_400")
    assert len(world.rows("SELECT FROM messages")) == 1


def test_a_file_that_is_too_large_is_refused_and_leaves_nothing(
    world: GatewayWorld, place: Place, fetch: Callable[[], bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.media.RECEIVE_LIMIT", len(CONTENT) - 1)
    world.connect(place, Kind.WAHA)
    world.act(Kind.WAHA, "inbound", **FILE)
    assert fetch()
    assert (file(world).state, file(world).reason) == ("failed", "too_large")
    assert [path for path in (tmp_path / "media").rglob("*") if path.is_file()] == []
