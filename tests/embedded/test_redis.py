"""The embedded Redis: real, kept, private, and startable after any end."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from embedded.failure import StartFailure
from embedded.redis import Redis


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Redis]:
    server = Redis(tmp_path / "redis")
    server.start()
    yield server
    server.stop()


def client_of(server: Redis) -> redis.Redis:
    return redis.Redis.from_url(server.url, decode_responses=True)


def test_a_restart_keeps_the_data(server: Redis) -> None:
    with client_of(server) as client:
        client.set("kept", "yes")
    server.stop()
    server.start()
    with client_of(server) as client:
        assert client.get("kept") == "yes"


def test_it_starts_again_after_it_was_killed(server: Redis) -> None:
    with client_of(server) as client:
        client.config_set("appendfsync", "always")
        client.set("kept", "yes")
    assert server.process
    server.process.kill()
    server.process.wait()
    server.start()
    with client_of(server) as client:
        assert client.get("kept") == "yes"


def test_it_refuses_rather_than_evicts(server: Redis) -> None:
    with client_of(server) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_it_asks_for_the_password(server: Redis) -> None:
    with (
        redis.Redis(port=server.port or 0, retry=Retry(NoBackoff(), 0)) as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.ping()


def test_the_password_is_for_its_owner_alone_and_on_no_command_line(server: Redis) -> None:
    for name in ("password", "redis.conf"):
        assert stat.S_IMODE((server.data_dir / name).stat().st_mode) == 0o600
    assert server.process
    command = Path(f"/proc/{server.process.pid}/cmdline").read_bytes()
    assert (server.data_dir / "password").read_bytes().strip() not in command


def test_damaged_data_is_told_with_what_to_do(server: Redis) -> None:
    server.stop()
    manifest = server.data_dir / "appendonlydir" / "appendonly.aof.manifest"
    manifest.write_text("nonsense\n")
    with pytest.raises(StartFailure, match=r"^Redis did not start: .*; read \S+; removing \S+ loses no message"):
        server.start()
