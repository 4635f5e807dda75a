"""Files that come in an answer: written while they are counted and hashed."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO

BLOCK = 64 * 1024


class MediaRefusedError(Exception):
    """A file that must not be taken; trying again brings the same. `reason` is one of a few literals."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True, frozen=True)
class Downloaded:
    """What came: bytes counted and hashed (hexadecimal) while they were written."""

    size: int
    sha256: str


def write_blocks(blocks: Iterable[bytes], into: IO[bytes], limit: int) -> Downloaded:
    """Write a file.

    Args:
        blocks: of its bytes.
        into: what they are written to.
        limit: the most bytes.

    Raises:
        MediaRefusedError: too_large.
    """
    digest, size = hashlib.sha256(), 0
    for block in blocks:
        size += len(block)
        if size > limit:
            raise MediaRefusedError("too_large")
        digest.update(block)
        into.write(block)
    return Downloaded(size, digest.hexdigest())
