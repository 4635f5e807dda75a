"""The embedded Postgres: real, kept, private, and startable after any end."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from embedded import binaries, postgres, run_as
from embedded.failure import StartFailure
from embedded.postgres import Postgres
from tests.embedded.processes_left import assert_none_left

WAYS = list(run_as._ways_for_root()) if os.geteuid() == 0 else [run_as.RunAs((), os.geteuid())]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def directory() -> Iterator[Path]:
    """An empty directory that an unprivileged user can reach, too."""
    place = Path(tempfile.mkdtemp(prefix="paperboy-postgres-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def kept() -> Iterator[Path]:
    """The data of a server that was stopped, with a row in it."""
    place = Path(tempfile.mkdtemp(prefix="paperboy-postgres-"))
    place.chmod(0o755)
    server = Postgres(place / "data", durable=False)
    server.start()
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'Ñandú' AS word")
    server.stop()
    yield place / "data"
    shutil.rmtree(place)


@pytest.fixture
def data(kept: Path, directory: Path) -> Path:
    """A copy of that data."""
    shutil.copytree(kept, directory / "data")
    return directory / "data"


@pytest.fixture
def server(data: Path) -> Iterator[Postgres]:
    server = Postgres(data)
    server.start()
    yield server
    server.stop("immediate")


def write(server: Postgres, word: str) -> None:
    with psycopg.connect(server.url) as connection:
        connection.execute("UPDATE kept SET word = %s", (word,))


def read(server: Postgres) -> str:
    with psycopg.connect(server.url) as connection:
        row = connection.execute("SELECT lower(word) FROM kept").fetchone()
        assert row
        return str(row[0])


def test_a_restart_keeps_the_data_and_the_password(server: Postgres) -> None:
    write(server, "AÑO")
    before = server.url.partition("@")[0]
    server.stop()
    server.start()
    assert read(server) == "año"
    assert server.url.partition("@")[0] == before


def test_it_starts_again_after_it_was_killed(server: Postgres) -> None:
    write(server, "AÑO")
    kill(server)
    server.start()
    assert read(server) == "año"


def test_a_pid_file_that_names_a_stranger_does_not_keep_it_from_starting(server: Postgres) -> None:
    kill(server)
    pid_file = server.cluster / "postmaster.pid"
    _, *rest = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getppid()), *rest]) + "\n")
    server.start()
    assert read(server) == "ñandú"


def test_a_second_server_on_the_same_data_is_refused_in_a_line(
    server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "LEAVING_SECONDS", 0.2)
    assert server.process
    with pytest.raises(
        StartFailure, match=rf"^another Postgres \(pid {server.process.pid}\) runs on \S+; .*DATA_DIR=…$"
    ):
        Postgres(server.data_dir).start()


def test_it_asks_for_the_password_even_on_loopback(server: Postgres) -> None:
    address = f"postgresql://paperboy:wrong@127.0.0.1:{server.port}/paperboy"
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(address)


def test_the_password_is_for_its_owner_alone_and_on_no_command_line(server: Postgres) -> None:
    kept = server.data_dir / "password"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert server.process
    command = Path(f"/proc/{server.process.pid}/cmdline").read_bytes()
    assert kept.read_text().strip().encode() not in command
    assert not (server.data_dir / "initdb.password").exists()


def test_a_lost_password_is_told_in_a_line(server: Postgres) -> None:
    server.stop()
    (server.data_dir / "password").unlink()
    with pytest.raises(StartFailure, match=r"password is missing: put it back"):
        server.start()


def test_an_interrupted_initdb_does_not_keep_it_from_starting(directory: Path) -> None:
    (directory / "data" / "cluster.new" / "base").mkdir(parents=True)
    server = Postgres(directory / "data", durable=False)
    server.start()
    server.stop("immediate")


def test_every_way_around_root_that_works_here_takes_over_the_data_of_the_one_before(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = binaries.postgres_binaries(postgres._major_version_of(data / "cluster")).postgres
    working = [way for way in WAYS if run_as._works(way, program, data.parent)]
    assert working
    for way in working:
        monkeypatch.setattr(postgres, "way_for_postgres", lambda *_, way=way: way)
        server = Postgres(data, durable=False)
        server.start()
        try:
            assert read(server) == "ñandú"
            assert server.cluster.stat().st_uid == way.owner
        finally:
            server.stop()


@pytest.mark.parametrize("found", list(binaries._usable_postgres()), ids=lambda found: str(found.major))
def test_every_postgres_that_is_found_works(
    found: binaries.PostgresBinaries, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "postgres_binaries", lambda _: found)
    server = Postgres(directory / "data", durable=False)
    server.start()
    try:
        with psycopg.connect(server.url) as connection:
            assert connection.info.server_version // 10_000 == found.major
            assert connection.execute("SELECT lower('Ñ')").fetchone() == ("ñ",)
    finally:
        server.stop("immediate")


def test_data_of_another_major_version_is_told_in_a_line(directory: Path) -> None:
    cluster = directory / "data" / "cluster"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("9\n")
    with pytest.raises(StartFailure, match=r"^the data was made by Postgres 9, but only [\d, ]+ is here: .*DATA_DIR=…"):
        Postgres(directory / "data").start()


def test_the_postgres_that_made_the_data_is_preferred() -> None:
    for found in binaries._usable_postgres():
        assert binaries.postgres_binaries(found.major).major == found.major


def test_it_dies_with_the_process_that_started_it(data: Path) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path; from embedded.postgres import Postgres;"
        "Postgres(Path(sys.argv[1]), durable=False).start(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    ended = subprocess.run([sys.executable, "-c", script, str(data)], cwd=ROOT, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert_none_left(data, 20)


def kill(server: Postgres) -> None:
    assert server.process
    server.process.kill()
    server.process.wait()
