"""Parallel workers, and the tests that must not share the machine with them.

Tests that run a whole Paperboy hold it to seconds, break it on purpose and reserve ports before they are bound. They
come last, on one worker, and each waits until no other worker is in a test. Without workers there is nothing to wait for.
"""

import contextlib
import fcntl
import os
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

MARK = "whole_machine"
SYSTEM_FIXTURE = "system"
_LOCK = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{MARK}: runs while no other worker is in a test")


def pytest_itemcollected(item: pytest.Item) -> None:
    if needs_whole_machine(item):
        item.add_marker(pytest.mark.xdist_group(MARK))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    _refuse_doubles(items)
    items.sort(key=needs_whole_machine)


def _refuse_doubles(items: list[pytest.Item]) -> None:
    """Of tests with one id xdist's groups run the first, and do not tell of the others."""
    doubled = [name for name, times in Counter(item.nodeid for item in items).items() if times > 1]
    if doubled:
        raise pytest.UsageError(f"Several tests have one id, of which only the first would run: {', '.join(doubled)}")


def needs_whole_machine(item: pytest.Item) -> bool:
    """Tell whether a test may not run beside another."""
    return SYSTEM_FIXTURE in getattr(item, "fixturenames", ()) or item.get_closest_marker(MARK) is not None


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
    kind = fcntl.LOCK_EX if needs_whole_machine(item) else fcntl.LOCK_SH
    with _lock_of_all_workers(item.config).open("w") as lock:
        fcntl.flock(lock, kind)
        yield


def _lock_of_all_workers(config: pytest.Config) -> Path:
    if _LOCK not in config.stash:
        base: Path = config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
        config.stash[_LOCK] = base.parent / "whole-machine.lock"
    return config.stash[_LOCK]
