"""Files that come by gateways: fetched from the gateway, stored and shown like those that come from Meta (S3.20)."""

from pathlib import Path
from typing import Any

import pytest

from gateways.kinds import Kind
from tasks.media import fetch_once
from tasks.media_storage import MediaStorage
from tests.rows import Place
from tests.tasks.gateway_world import CUSTOMER, GatewayWorld
from tests.tasks.test_gateway_lives import only_settings as only_settings  # noqa: PLC0414 - a fixture
from tests.tasks.test_gateway_lives import settings as settings  # noqa: PLC0414 - a fixture
from tests.tasks.test_gateway_threads import connected
from tests.tasks.test_gateway_threads import kind as kind  # noqa: PLC0414 - a fixture
from tests.tasks.test_gateway_threads import world as world  # noqa: PLC0414 - a fixture

CONTENT = b"%PDF-"
"""What the simulator's customers send."""


@pytest.fixture
def storage(tmp_path: Path) -> MediaStorage:
    return MediaStorage((tmp_path / "media").as_uri())


def send_file(world: GatewayWorld, kind: Kind) -> str:
    wanted = {"from": CUSTOMER, "type": "document", "body": "My payment", "file": True}
    return str(world.act(kind, "inbound", **wanted)["id"])


def file_row(world: GatewayWorld) -> Any:
    [row] = world.rows("SELECT * FROM media_files")
    return row


def test_a_file_is_fetched_from_its_gateway_and_stands_with_its_message(
    world: GatewayWorld, place: Place, kind: Kind, storage: MediaStorage
) -> None:
    """S3.20."""
    connected(world, place, kind)
    wamid = send_file(world, kind)
    assert fetch_once(world.engine, storage)
    row = file_row(world)
    assert (row.state, row.size, row.served_type) == ("stored", len(CONTENT), "application/pdf")
    assert b"".join(storage.blocks(row.path)) == CONTENT
    assert (row.filename, row.mime_type) == ("payment.pdf", "application/pdf")
    [message] = world.rows("SELECT id, wamid, type, text FROM messages")
    assert tuple(message) == (row.message_id, wamid, "document", "My payment")
    assert not fetch_once(world.engine, storage)


def test_a_file_that_the_gateway_no_longer_has_is_given_up_and_the_message_stays(
    world: GatewayWorld, place: Place, storage: MediaStorage
) -> None:
    connected(world, place, Kind.WAHA)
    send_file(world, Kind.WAHA)
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE media_files SET meta_id = 'http://localhost:3000/api/files/gone'")
    assert fetch_once(world.engine, storage)
    assert (file_row(world).state, file_row(world).reason) == ("failed", "refused_by_gateway_404")
    assert len(world.rows("SELECT FROM messages")) == 1


def test_a_file_that_cannot_be_had_now_is_tried_again(world: GatewayWorld, place: Place, storage: MediaStorage) -> None:
    connected(world, place, Kind.WWEBJS)
    send_file(world, Kind.WWEBJS)
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE media_files SET meta_id = meta_id || 'x'")
    assert fetch_once(world.engine, storage)
    row = file_row(world)
    assert (row.state, row.reason, row.attempts) == ("waiting", "OutcomeUnknown", 1)


def test_a_file_is_asked_for_at_the_gateway_alone_whatever_address_its_event_names(
    world: GatewayWorld, place: Place, storage: MediaStorage
) -> None:
    connected(world, place, Kind.WAHA)
    send_file(world, Kind.WAHA)
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE media_files SET meta_id = 'http://169.254.169.254/latest/meta-data'")
    assert fetch_once(world.engine, storage)
    assert (file_row(world).state, file_row(world).reason) == ("failed", "not_at_the_gateway")


def test_a_file_of_a_session_that_was_removed_is_given_up(
    world: GatewayWorld, place: Place, storage: MediaStorage
) -> None:
    connected(world, place, Kind.WAHA)
    send_file(world, Kind.WAHA)
    with world.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM gateway_sources")
    assert fetch_once(world.engine, storage)
    assert (file_row(world).state, file_row(world).reason) == ("failed", "session_removed")
