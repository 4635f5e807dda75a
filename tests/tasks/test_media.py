"""Files that customers send: fetched, checked, stored, tried again, given up; S0.27, S2.14."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from simulator import defaults, sample_files
from tasks.ingest import drain_once
from tasks.media import MOST_TRIES, fetch_once, remove_outlived_files
from tasks.media_storage import FileGoneError, MediaStorage
from tasks.read_marks import tell_due_marks
from tests.rows import CUSTOMER, Place, change, put_in_inbox, text_item, webhook
from tests.simulator.meta import Meta
from whatsapp.graph import GraphClient
from whatsapp.media_references import MEDIA_TYPES

Fetch = Callable[[], bool]


def one(engine: Engine, statement: str, **values: Any) -> Any:
    with engine.begin() as connection:
        return connection.execute(text(statement), values).one()


@pytest.fixture
def storage(tmp_path: Path) -> MediaStorage:
    return MediaStorage((tmp_path / "media").as_uri())


@pytest.fixture
def client_of(meta: Meta) -> Callable[[str, str | None], GraphClient]:
    client = GraphClient(
        base_url=meta.address, version="v26.0", access_token=defaults.ACCESS_TOKEN, app_secret=defaults.APP_SECRET
    )
    return lambda _token, _secret: client


@pytest.fixture
def fetch(engine: Engine, storage: MediaStorage, client_of: Any) -> Fetch:
    return lambda: fetch_once(engine, storage, client_of)


def uploaded(meta: Meta, content: bytes = sample_files.PDF, mime_type: str = "application/pdf") -> str:
    files = {"file": ("a", io.BytesIO(content), mime_type)}
    form = {"messaging_product": "whatsapp", "type": mime_type}
    media_id: str = meta.call("POST", f"{defaults.PHONE_NUMBER_ID}/media", data=form, files=files).json()["id"]
    return media_id


def arrive(engine: Engine, media_id: str, kind: str = "document", **more: Any) -> None:
    item = text_item("wamid.FILE")
    del item["text"]
    file = {"id": media_id, "mime_type": "application/pdf", **more}
    put_in_inbox(engine, webhook(change(messages=[{**item, "type": kind, kind: file}])))
    while drain_once(engine):
        pass


def file_row(engine: Engine) -> Any:
    return one(engine, "SELECT * FROM media_files")


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("kind", MEDIA_TYPES)
def test_a_file_of_each_type_is_fetched_and_stored_whole(
    engine: Engine, meta: Meta, fetch: Fetch, storage: MediaStorage, kind: str
) -> None:
    sample = sample_files.SAMPLES[kind]
    media_id = uploaded(meta, sample.content, sample.mime_type)
    arrive(engine, media_id, kind, mime_type=sample.shown_mime_type, sha256=sample.sha256)
    assert fetch()
    row = file_row(engine)
    assert (row.state, row.size, row.served_type) == ("stored", len(sample.content), sample.mime_type)
    assert b"".join(storage.blocks(row.path)) == sample.content
    assert not fetch()
    told = one(engine, "SELECT * FROM live_events WHERE kind = 'conversation_updated'")
    assert told.message_id == row.message_id


def test_a_file_lies_under_no_name_of_its_sender(engine: Engine, place: Place, meta: Meta, fetch: Fetch) -> None:
    arrive(engine, uploaded(meta), filename="../../etc/passwd")
    assert fetch()
    row = file_row(engine)
    assert row.path.startswith(str(place.tenant_id))
    assert "passwd" not in row.path
    assert row.filename == "../../etc/passwd"


def test_a_file_that_is_not_what_the_webhook_said_is_refused_and_leaves_nothing(
    engine: Engine, place: Place, meta: Meta, fetch: Fetch, tmp_path: Path
) -> None:
    arrive(engine, uploaded(meta), sha256=sample_files.SAMPLES["image"].sha256)
    assert fetch()
    assert (file_row(engine).state, file_row(engine).reason) == ("failed", "digest_differs")
    assert [path for path in (tmp_path / "media").rglob("*") if path.is_file()] == []
    assert one(engine, "SELECT count(*) AS n FROM messages").n == 1


def test_a_script_that_calls_itself_a_picture_is_served_as_what_it_is(
    engine: Engine, place: Place, meta: Meta, fetch: Fetch
) -> None:
    page = b"<html><script>alert(1)</script></html>"
    arrive(engine, uploaded(meta, page, "text/plain"), mime_type="image/png")
    assert fetch()
    assert file_row(engine).served_type == "text/html"


@pytest.mark.parametrize("fault", ["http_500", "reset_before", "http_429"])
def test_a_download_that_fails_is_tried_again_and_the_message_stays(
    engine: Engine, place: Place, meta: Meta, fetch: Fetch, fault: str
) -> None:
    arrive(engine, uploaded(meta))
    meta.control("faults", fault=fault, next=3, call="media")
    assert fetch()
    row = file_row(engine)
    assert (row.state, row.attempts) == ("waiting", 1)
    assert row.reason
    assert not fetch(), "it waits for its time"
    one(engine, "UPDATE media_files SET due_at = now() RETURNING id")
    meta.session.delete(f"{meta.address}/_sim/faults")
    assert fetch()
    assert file_row(engine).state == "stored"


def test_an_id_that_meta_does_not_know_any_more_is_given_up_in_the_end(
    engine: Engine, place: Place, meta: Meta, fetch: Fetch
) -> None:
    arrive(engine, "999")
    assert fetch()
    assert file_row(engine).state in ("waiting", "failed")
    one(engine, "UPDATE media_files SET due_at = now(), attempts = :n, state = 'waiting' RETURNING id", n=MOST_TRIES)
    assert fetch()
    assert file_row(engine).state == "failed"


def test_a_worker_that_vanishes_leaves_its_file_to_others_after_the_lease(
    engine: Engine, place: Place, meta: Meta, fetch: Fetch
) -> None:
    arrive(engine, uploaded(meta))
    one(engine, "UPDATE media_files SET attempts = 1, due_at = now() + interval '5 minutes' RETURNING id")
    assert not fetch()
    one(engine, "UPDATE media_files SET due_at = now() RETURNING id")
    assert fetch()
    assert file_row(engine).state == "stored"


def test_a_file_that_breaks_off_is_not_there_at_all(storage: MediaStorage) -> None:
    def break_off() -> None:
        with storage.writing("t/f") as into:
            into.write(b"half")
            raise ValueError("broke off")

    with pytest.raises(ValueError, match="broke off"):
        break_off()
    with pytest.raises(FileGoneError):
        storage.blocks("t/f")


def test_files_are_kept_as_long_as_their_tenant_says(
    engine: Engine, place: Place, meta: Meta, fetch: Fetch, storage: MediaStorage
) -> None:
    arrive(engine, uploaded(meta))
    assert fetch()
    one(
        engine,
        "INSERT INTO conversation_settings (tenant_id, media_days) VALUES (:t, 30) RETURNING 1",
        t=place.tenant_id,
    )
    remove_outlived_files(engine, storage)
    assert file_row(engine).state == "stored"
    one(engine, "UPDATE media_files SET stored_at = now() - interval '31 days' RETURNING id")
    remove_outlived_files(engine, storage)
    row = file_row(engine)
    assert (row.state, row.filename) == ("deleted", None)
    with pytest.raises(FileGoneError):
        storage.blocks(row.path)
    assert one(engine, "SELECT count(*) AS n FROM messages").n == 1


def read(engine: Engine, wamid: str | None, *, typing: bool = False) -> UUID:
    row = one(engine, "UPDATE conversations SET due_read_wamid = :w, due_typing = :t RETURNING id", w=wamid, t=typing)
    found: UUID = row.id
    return found


def test_what_was_read_is_told_to_meta_once(engine: Engine, place: Place, meta: Meta, client_of: Any) -> None:
    put_in_inbox(engine, webhook(change(messages=[text_item("wamid.IN1")])))
    while drain_once(engine):
        pass
    wamid = meta.control("inbound", {"from": CUSTOMER})["wamid"]
    read(engine, wamid, typing=True)
    for _ in range(2):
        tell_due_marks(engine, client_of)
    assert meta.look("reads") == [{"wamid": wamid, "typing": True}]


def test_a_read_mark_that_meta_refuses_is_let_go(engine: Engine, place: Place, meta: Meta, client_of: Any) -> None:
    put_in_inbox(engine, webhook(change(messages=[text_item("wamid.IN1")])))
    while drain_once(engine):
        pass
    read(engine, "not a wamid")
    tell_due_marks(engine, client_of)
    assert one(engine, "SELECT due_read_wamid FROM conversations").due_read_wamid is None
