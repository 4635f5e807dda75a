"""Postgres refuses to run as root. The ways around it, in order, and the first that works here."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from embedded.failure import StartFailure

UNPRIVILEGED_USERS = ("postgres", "nobody")
BYPASS_FILE_MODES = "+dac_override,+dac_read_search"
"""Lets the unprivileged user reach a checkout below /root (capabilities(7))."""


@dataclass(frozen=True)
class RunAs:
    """A way to run a program: a command before it, a uid for the spawner, and who then owns its files."""

    prefix: tuple[str, ...]
    owner: int
    user: int | None = None

    def adopt(self, directory: Path) -> None:
        """Give `directory` and all in it to the owner, when it belongs to somebody else.

        Raises:
            PermissionError: this user may not.
        """
        if all(path.stat().st_uid == self.owner for path in (directory, *directory.iterdir())):
            return
        for path in (directory, *directory.rglob("*")):
            os.chown(path, self.owner, -1, follow_symlinks=False)


def way_for_postgres(program: Path, directory: Path) -> RunAs:
    """Return the first way in which `program` runs unprivileged and can write to `directory`.

    Args:
        program: the postgres executable.
        directory: an existing directory for its files.

    Raises:
        StartFailure: root, and no way works.
    """
    if os.geteuid() != 0:
        return RunAs(prefix=(), owner=os.geteuid())
    for way in _ways_for_root():
        if _works(way, program, directory):
            return way
    raise StartFailure(
        "Postgres does not run as root, and neither `unshare --user` nor `setpriv` works here: "
        "run make as an ordinary user, or give DATABASE_URL"
    )


def _ways_for_root() -> Iterator[RunAs]:
    accounts = _unprivileged_accounts()
    unshare, setpriv = shutil.which("unshare"), shutil.which("setpriv")
    for account in accounts[:1]:
        if unshare:
            yield RunAs((unshare, "--user", f"--map-user={account.pw_uid}", "--"), owner=os.geteuid())
    for account in accounts:
        if setpriv:
            yield RunAs((setpriv, *_setpriv_options(account), "--"), owner=account.pw_uid)
        yield RunAs((), owner=account.pw_uid, user=account.pw_uid)


def _setpriv_options(account: pwd.struct_passwd) -> tuple[str, ...]:
    return (
        f"--reuid={account.pw_uid}",
        f"--regid={account.pw_gid}",
        "--clear-groups",
        f"--inh-caps={BYPASS_FILE_MODES}",
        f"--ambient-caps={BYPASS_FILE_MODES}",
        "--pdeathsig=keep",
    )


def _unprivileged_accounts() -> list[pwd.struct_passwd]:
    by_name = {account.pw_name: account for account in pwd.getpwall()}
    return [by_name[name] for name in UNPRIVILEGED_USERS if name in by_name]


def _works(way: RunAs, program: Path, directory: Path) -> bool:
    probe = directory / "probe"
    probe.mkdir(exist_ok=True)
    os.chown(probe, way.owner, -1)
    script = '"$1" --version && touch "$2/written"'
    try:
        result = subprocess.run(
            [*way.prefix, "sh", "-c", script, "sh", str(program), str(probe)],
            user=way.user,
            extra_groups=None if way.user is None else [],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    finally:
        shutil.rmtree(probe, ignore_errors=True)
    return result.returncode == 0
