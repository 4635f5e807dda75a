"""A folder and S3 keep files alike: whole or not at all."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from moto.server import ThreadedMotoServer
from s3fs import S3FileSystem

from tasks.media_storage import BLOCK, FileGoneError, MediaStorage, path_of

LARGE = b"%PDF-" + bytes(6 * 2**20)
"""More than one part of an upload to S3, of which only the last may be smaller than 5 MiB."""
BUCKET = "paperboy-media"


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    """A prefix of a bucket; the client finds the server as s3fs does: by the environment."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", "of-the-tests")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "of-the-tests")
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        environment.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        S3FileSystem.clear_instance_cache()
        S3FileSystem().mkdir(BUCKET)
        yield f"s3://{BUCKET}/files"
    S3FileSystem.clear_instance_cache()
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> MediaStorage:
    url = request.getfixturevalue("s3_url") if request.param == "s3" else tmp_path.as_uri()
    return MediaStorage(url)


@pytest.fixture
def path() -> str:
    return path_of(uuid4(), uuid4())


def write(storage: MediaStorage, path: str, content: bytes) -> None:
    with storage.writing(path) as file:
        file.write(content)


def break_off_after(begun: bytes, storage: MediaStorage, path: str) -> None:
    with storage.writing(path) as file:
        file.write(begun)
        raise ConnectionError


@pytest.mark.parametrize("content", [b"%PDF-1.7", LARGE], ids=["small", "in-parts"])
def test_a_file_is_read_as_it_was_written(storage: MediaStorage, path: str, content: bytes) -> None:
    write(storage, path, content)
    blocks = list(storage.blocks(path))
    assert b"".join(blocks) == content
    assert max(map(len, blocks)) <= BLOCK
    assert storage.head(path, 5) == b"%PDF-"


@pytest.mark.parametrize("begun", [b"half", LARGE], ids=["small", "in-parts"])
def test_a_file_that_is_cut_off_is_not_there(storage: MediaStorage, path: str, begun: bytes) -> None:
    with pytest.raises(ConnectionError):
        break_off_after(begun, storage, path)
    with pytest.raises(FileGoneError):
        storage.blocks(path)


def test_a_file_is_removed_once_and_removing_it_again_is_no_error(storage: MediaStorage, path: str) -> None:
    other = path_of(uuid4(), uuid4())
    write(storage, path, b"one")
    write(storage, other, b"other")
    storage.remove(path)
    storage.remove(path)
    with pytest.raises(FileGoneError):
        storage.blocks(path)
    assert b"".join(storage.blocks(other)) == b"other"


def test_a_file_that_never_was_is_told_before_its_first_block(storage: MediaStorage, path: str) -> None:
    with pytest.raises(FileGoneError):
        storage.blocks(path)
