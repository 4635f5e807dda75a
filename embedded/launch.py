"""Becomes another program that dies with the process that started it.

Run as a script: `launch.py <parent pid> <signal> <uid or -> <program> [arguments]`. A small process does
this, because code between fork and exec (`preexec_fn`) may deadlock once the parent has threads.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that this process gets when its parent dies. Kept over exec, cleared by setuid."""


def main(parent: int, death_signal: int, user: str, command: list[str]) -> int:
    """Drop to `user`, tie this process to `parent`, become `command`; return 127 when that fails."""
    if user != "-":
        _become(int(user))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != parent:
            return 1
    try:
        os.execvp(command[0], command)
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
    return 127


def _become(user: int) -> None:
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:]))
