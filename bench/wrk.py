"""wrk, the load generator: as many requests as the server answers, from a fixed number of connections."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import orjson

from bench.failure import BenchFailure

REPLAY = Path(__file__).with_name("replay.lua")
THREADS = 1
"""One makes far more requests than any server here answers, and leaves the processors to them."""
TIMEOUT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a round.

    Attributes:
        accepted: requests answered with 2xx or 3xx.
        refused: requests answered with another status.
        unanswered: connections that failed and answers that did not come in time.
        seconds: how long the round took.
        p50: median latency in milliseconds.
        p99: latency in milliseconds that one request in a hundred exceeded.
    """

    accepted: int
    refused: int
    unanswered: int
    seconds: float
    p50: float
    p99: float

    @property
    def per_second(self) -> float:
        """Accepted requests a second."""
        return self.accepted / self.seconds


def check_wrk() -> None:
    """Look for wrk.

    Raises:
        BenchFailure: it is not installed.
    """
    if shutil.which("wrk") is None:
        raise BenchFailure("wrk, the load generator, is not installed: apt-get install wrk (or brew install wrk)")


def run_wrk(port: int, requests: Path, *, seconds: float, connections: int) -> Load:
    """Send prepared requests to a server on loopback.

    Args:
        port: of the server.
        requests: file of prepared requests.
        seconds: how long; wrk knows whole ones only.
        connections: requests at once.

    Raises:
        BenchFailure: wrk could not do it, or hardly anything was accepted.
    """
    command = ["wrk", f"-t{THREADS}", f"-c{connections}", f"-d{round(seconds)}s", f"--timeout={TIMEOUT_SECONDS}s"]
    target = f"http://127.0.0.1:{port}/"
    result = subprocess.run(
        [*command, f"--script={REPLAY}", target, "--", str(requests)], capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise BenchFailure(f"wrk failed: {(result.stderr or result.stdout).strip()}")
    return _checked(parse_report(result.stdout))


def parse_report(output: str) -> Load:
    """Return what replay.lua wrote as the last line of wrk's output."""
    told = orjson.loads(output.strip().splitlines()[-1])
    return Load(
        accepted=told["answers"] - told["refused"],
        refused=told["refused"],
        unanswered=told["unanswered"],
        seconds=told["microseconds"] / 1e6,
        p50=told["p50"] / 1000,
        p99=told["p99"] / 1000,
    )


def _checked(load: Load) -> Load:
    if load.accepted <= load.refused + load.unanswered:
        raise BenchFailure(
            f"the server accepted {load.accepted} requests, refused {load.refused}, did not answer {load.unanswered}"
        )
    return load
