"""One running system for all short faults: each trial cleans it before and repairs what it broke."""

from collections.abc import Iterator

import pytest

from tests.faults.system import System


@pytest.fixture(scope="package")
def system() -> Iterator[System]:
    running = System()
    try:
        running.start()
        yield running
    finally:
        running.stop()
