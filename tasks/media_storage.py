"""Where files lie: a local folder, or whatever else fsspec opens by its URL (s3://bucket/prefix …)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import IO, Any
from uuid import UUID

import fsspec

from settings import get_settings

BLOCK = 256 * 1024


class FileGoneError(Exception):
    """The storage does not have the file."""


class MediaStorage:
    """Files of all tenants below one URL.

    Args:
        url: as fsspec takes it: file:///srv/media, s3://bucket/prefix …
    """

    def __init__(self, url: str) -> None:
        self._files, self._root = fsspec.core.url_to_fs(url)

    @contextmanager
    def writing(self, path: str) -> Iterator[IO[bytes]]:
        """Open a new file. It is there whole, or not at all: what was half written is taken away again."""
        place = self._place(path)
        self._files.makedirs(place.rpartition("/")[0], exist_ok=True)
        try:
            with self._files.open(place, "wb") as file:
                yield file
        except BaseException:
            self._remove(place)
            raise

    def blocks(self, path: str) -> Iterator[bytes]:
        """Yield a file's bytes.

        Raises:
            FileGoneError: before the first block.
        """
        try:
            file: Any = self._files.open(self._place(path), "rb")
        except FileNotFoundError as error:
            raise FileGoneError from error
        return _blocks(file)

    def head(self, path: str, size: int) -> bytes:
        """Return the first bytes of a file."""
        return bytes(self._files.cat_file(self._place(path), start=0, end=size))

    def remove(self, path: str) -> None:
        """Take a file away; one that is not there is no error."""
        self._remove(self._place(path))

    def _place(self, path: str) -> str:
        return f"{self._root}/{path}"

    def _remove(self, place: str) -> None:
        if self._files.exists(place):
            self._files.rm(place)


def _blocks(file: Any) -> Iterator[bytes]:
    with file:
        while block := file.read(BLOCK):
            yield block


def path_of(tenant_id: UUID, file_id: UUID) -> str:
    """Return where a file lies: nothing of its name, which is data from outside, is part of it."""
    return f"{tenant_id}/{datetime.now(UTC):%Y/%m/%d}/{file_id}"


@lru_cache(maxsize=1)
def media_storage() -> MediaStorage:
    """Return the storage of this process."""
    settings = get_settings()
    return MediaStorage(settings.media_url or (settings.data_dir.resolve() / "media").as_uri())
