"""What the figures were measured on, without the machine's name."""

import os
import platform
import re
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any, cast

import psutil
import psycopg
import redis

COMMITS = 200


def describe(connection: psycopg.Connection, redis_url: str) -> dict[str, str]:
    """Return the machine and the versions that matter.

    Args:
        connection: to the database that is measured, in autocommit.
        redis_url: of the Redis that is used.
    """
    return {
        "processor": f"{os.cpu_count()} × {_processor()}",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GB",
        "system": f"{platform.system()} {platform.release().split('-')[0]}, {platform.machine()}",
        "one commit": f"{_commit_milliseconds(connection):.2f} ms (median, one row, one connection, fsync on)",
        "Postgres": str(_one(connection, "SHOW server_version")).split()[0],
        "Redis": _redis_version(redis_url),
        "Python": platform.python_version(),
        "load generator": f"{_wrk_version()}, on the same machine",
    }


def shown(facts: Mapping[str, str]) -> str:
    """Return facts as a Markdown list."""
    return "\n".join(f"- {name}: {value}" for name, value in facts.items())


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()


def _commit_milliseconds(connection: psycopg.Connection) -> float:
    """Group commit lives on this: what waits while one commit goes to the disk shares the next."""
    connection.execute("CREATE TABLE commit_probe (n integer)")
    durations = []
    for n in range(COMMITS):
        began = time.perf_counter()
        connection.execute("INSERT INTO commit_probe VALUES (%s)", (n,))
        durations.append(time.perf_counter() - began)
    connection.execute("DROP TABLE commit_probe")
    return median(durations) * 1000


def _one(connection: psycopg.Connection, query: Any) -> Any:
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def _redis_version(url: str) -> str:
    with redis.Redis.from_url(url) as client:
        return str(cast(dict[str, Any], client.info("server"))["redis_version"])


def _wrk_version() -> str:
    """wrk prints its version together with its usage and fails."""
    said = subprocess.run(["wrk", "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"wrk \S*?(\d+\.\d+\.\d+)", said.stdout + said.stderr)
    return f"wrk {found[1]}" if found else "wrk"
