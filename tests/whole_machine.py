"""Which worker runs a test, and the tests that must not share the machine with others.

One worker runs a file, or a folder whose tests share one running Paperboy: what they share is then made once. Folders
come first, as they take longest. Tests that hold the product to fractions of a second, or break it on purpose, come
last, on one worker, and each waits until no other worker is in a test. Without workers there is nothing to wait for.
"""

import contextlib
import fcntl
import os
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

FOLDERS: Final = ("tests/browser/", "tests/system/")
"""Whose tests share one running Paperboy."""
ALONE: Final = ("tests/faults/", "tests/system/test_whole.py")
"""Whose tests nothing runs beside."""
_LOCK = pytest.StashKey[Path]()


class ByFile(LoadScopeScheduling):
    """Gives each worker whole files and folders."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        if path.startswith(ALONE):
            return "alone"
        return next((folder for folder in FOLDERS if path.startswith(folder)), path)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    return ByFile(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    _refuse_doubles(items)
    items.sort(key=lambda item: (is_alone(item), not item.nodeid.startswith(FOLDERS)))


def _refuse_doubles(items: list[pytest.Item]) -> None:
    """Of tests with one id xdist runs one, and does not tell of the others."""
    doubled = [name for name, times in Counter(item.nodeid for item in items).items() if times > 1]
    if doubled:
        raise pytest.UsageError(f"Several tests have one id, of which only the first would run: {', '.join(doubled)}")


def is_alone(item: pytest.Item) -> bool:
    """Tell whether a test may not run beside another."""
    return item.nodeid.startswith(ALONE)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    with _turn(item):
        return (yield)


@contextlib.contextmanager
def _turn(item: pytest.Item) -> Iterator[None]:
    """Hold the lock that all workers share: for oneself alone, or together with others. It ends with its process."""
    if not os.environ.get("PYTEST_XDIST_WORKER"):
        yield
        return
    kind = fcntl.LOCK_EX if is_alone(item) else fcntl.LOCK_SH
    with _lock_of_all_workers(item.config).open("w") as lock:
        fcntl.flock(lock, kind)
        yield


def _lock_of_all_workers(config: pytest.Config) -> Path:
    if _LOCK not in config.stash:
        base: Path = config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
        config.stash[_LOCK] = base.parent / "whole-machine.lock"
    return config.stash[_LOCK]
