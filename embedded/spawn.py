"""Starting and stopping processes so that none outlives the one that started it."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Final

from embedded.child import Child

LAUNCH = Path(__file__).with_name("launch.py")

KILLED: Final = "killed by "
"""Before the signal that ended a process."""


def spawn(
    command: Sequence[str | Path],
    *,
    output: IO[bytes],
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: int | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
) -> Child:
    """Start `command` as the leader of its own session and process group; its pid is the returned one.

    The terminal's Ctrl-C does not reach it. On Linux it gets `death_signal` when the *thread* that
    called this ends, so call it from a thread that lives as long as the process should.

    Args:
        command: the program and its arguments.
        output: where standard output and standard error go, together.
        environment: the whole environment; None: this process's own.
        cwd: working directory; None: this process's own.
        user: uid to run as; None: this process's own.
        death_signal: what the process gets when its parent dies.
    """
    tie = (os.getpid(), int(death_signal), "-" if user is None else user)
    return Child(
        [sys.executable, "-I", "-S", *(str(part) for part in (LAUNCH, *tie, *command))],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=environment,
        cwd=cwd,
        start_new_session=True,
    )


def stop(process: Child, how: signal.Signals, seconds: float) -> None:
    """Send `how`, wait up to `seconds`, then kill what is left of the process group."""
    process.send_signal(how)
    ended_within(process, seconds)
    kill_group(process)


def ended_within(process: Child, seconds: float) -> bool:
    """Wait up to `seconds` for the end of a process; tell whether it came."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def ending(process: Child) -> str:
    """Describe in words how a process ended."""
    code = process.returncode
    return f"{KILLED}{signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def kill_group(process: Child) -> None:
    """SIGKILL the process, its children and theirs, as far as they stayed in its group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
