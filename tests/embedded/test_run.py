"""`python -m embedded`: what keeps it from starting is told in a line, before anything is started."""

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from embedded.data_lock import lock
from embedded.ports import free_port
from embedded.postgres import Postgres
from settings import Settings
from tests.embedded.processes_left import assert_none_left

ROOT = Path(__file__).parents[2]


@pytest.fixture
def environment(tmp_path: Path, postgres_server: Postgres) -> dict[str, str]:
    """An environment without the developer's settings, on free ports, with a Postgres."""
    names = {name.upper() for name in Settings.model_fields}
    own = {name: value for name, value in os.environ.items() if name not in names}
    ports = {name: str(free_port()) for name in ("PORT", "REALTIME_PORT", "SIMULATOR_PORT", "FLOWER_PORT")}
    return {
        **own,
        **ports,
        "DATA_DIR": str(tmp_path / "data"),
        "BIND_HOST": "127.0.0.1",
        "DATABASE_URL": postgres_server.url,
    }


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def refused(environment: Mapping[str, str]) -> str:
    """Return what a run says that must not start."""
    run = subprocess.run(
        [sys.executable, "-m", "embedded", "serve"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    return run.stderr.strip()


@pytest.mark.parametrize("variable", ["PORT", "REALTIME_PORT", "SIMULATOR_PORT", "FLOWER_PORT"])
def test_a_taken_port_is_one_line(variable: str, taken: int, environment: dict[str, str]) -> None:
    said = refused(environment | {variable: str(taken)})
    assert said.startswith(f"port {taken} ({variable}) is taken by pid {os.getpid()} ")
    assert said.endswith(f"set {variable}=… in .env or the environment")
    assert "\n" not in said


def test_one_port_for_two_is_one_line(environment: dict[str, str]) -> None:
    port = environment["PORT"]
    assert refused(environment | {"FLOWER_PORT": port}) == (
        f"PORT and FLOWER_PORT are both {port}; set one of them in .env or the environment"
    )


def test_a_second_run_on_the_same_data_is_one_line(environment: dict[str, str]) -> None:
    data = Path(environment["DATA_DIR"])
    data.mkdir()
    held = lock(data)
    try:
        assert refused(environment).startswith(f"another run (pid {os.getpid()}) uses {data}; ")
    finally:
        os.close(held)


def test_an_open_flower_without_a_password_is_one_line(environment: dict[str, str]) -> None:
    said = refused(environment | {"BIND_HOST": "0.0.0.0"})
    assert said == (
        "BIND_HOST=0.0.0.0 opens Flower to the network: set FLOWER_BASIC_AUTH=user:password in .env or the environment"
    )


@pytest.mark.parametrize(
    ("variable", "scheme", "alternative"),
    [
        ("DATABASE_URL", "postgresql", "an embedded Postgres"),
        ("BROKER_URL", "redis", "an embedded Redis"),
        ("BROKER_URL", "amqp", "an embedded Redis"),
        ("REDIS_URL", "redis", "an embedded Redis"),
    ],
)
def test_a_given_store_that_is_away_is_one_line_without_its_password(
    variable: str, scheme: str, alternative: str, environment: dict[str, str]
) -> None:
    away = f"{scheme}://someone:hush-hush@127.0.0.1:{free_port()}/0"
    said = refused(environment | {variable: away})
    assert said.startswith(f"{variable} cannot be reached: ")
    assert said.endswith(f"; correct it, or remove it to use {alternative}")
    assert "\n" not in said
    assert "hush-hush" not in said
    assert_none_left(Path(environment["DATA_DIR"]), 5)


def test_a_malformed_setting_is_one_line(environment: dict[str, str]) -> None:
    assert refused(environment | {"PORT": "eight"}).startswith("PORT: ")


def test_the_lock_is_for_its_owner_alone(tmp_path: Path) -> None:
    os.close(lock(tmp_path))
    assert stat.S_IMODE((tmp_path / "lock").stat().st_mode) == 0o600


def test_help_tells_both_commands() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "embedded", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert "run" in said
    assert "serve" in said
