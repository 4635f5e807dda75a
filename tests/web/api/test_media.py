"""Files over the API: uploaded once, shown by links that end, under headers that let nothing run; S0.27, S1.27."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from sqlalchemy import Engine
from urllib3.filepost import encode_multipart_formdata

from db.encryption import Keyring
from db.ids import new_id
from db.sealed import ACCESS_TOKEN
from messaging import signed_links
from settings import get_settings
from simulator import defaults, sample_files
from tasks import graph_clients
from tasks.media_storage import media_storage
from tests.simulator.meta import Meta
from tests.web.api.conftest import KEY
from tests.web.api.world import Business, Caller, change, count, rows


@pytest.fixture(scope="module")
def meta() -> Iterator[Meta]:
    command = [sys.executable, "-m", "simulator", "--port", "0", "--public-url", "http://127.0.0.1:9"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        with Meta(process.stdout.readline().split()[3].rstrip(",")) as client:
            client.control("settings", webhooks=False)
            yield client
        process.terminate()
        assert process.wait(timeout=5) == 0


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Any, meta: Meta) -> Iterator[None]:
    """This process's own settings, as far as storage and Graph client read them."""
    monkeypatch.chdir(tmp_path)
    given = {"MEDIA_URL": (tmp_path / "media").as_uri(), "GRAPH_API_URL": meta.address, "WHATSAPP_ENCRYPTION_KEY": KEY}
    given["WHATSAPP_APP_SECRET"] = defaults.APP_SECRET
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    caches = (get_settings, media_storage, graph_clients.graph_client, graph_clients._keyring)
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()


@pytest.fixture
def connected(engine: Engine, business: Business) -> None:
    token = Keyring((KEY,)).encrypt(defaults.ACCESS_TOKEN, ACCESS_TOKEN)
    change(
        engine,
        "UPDATE channels SET access_token = :t, phone_number_id = :n WHERE id = :id",
        t=token,
        n=defaults.PHONE_NUMBER_ID,
        id=business.channel_id,
    )


def upload(caller: Caller, content: bytes = sample_files.PDF, mime_type: str = "application/pdf") -> Any:
    body, content_type = encode_multipart_formdata([("file", ("pago.pdf", content, mime_type))])
    return caller.post("/v1/media", data=body, content_type=content_type)


@pytest.mark.usefixtures("connected")
def test_a_file_is_uploaded_to_meta_once_and_stored_here(caller: Caller, engine: Engine) -> None:
    first, again = upload(caller), upload(caller)
    assert first.status_code == 201, first.text
    assert first.json["id"] == again.json["id"]
    assert count(engine, "media_files") == 1
    assert (first.json["type"], first.json["mime_type"], first.json["size"]) == (
        "document",
        "application/pdf",
        len(sample_files.PDF),
    )
    opened = open_link(caller, first.json["url"])
    assert (opened.status_code, opened.data) == (200, sample_files.PDF)


@pytest.mark.usefixtures("connected")
@pytest.mark.parametrize(
    ("content", "mime_type", "words"),
    [
        (b"<html>", "text/html", "carries no files"),
        (b"<html><script>alert(1)</script>", "image/png", "not what its type says"),
        (b"", "application/pdf", "from 1 to"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 5_300_000, "image/png", "from 1 to"),
    ],
)
def test_a_file_that_whatsapp_would_not_carry_is_refused(
    caller: Caller, engine: Engine, content: bytes, mime_type: str, words: str
) -> None:
    answer = upload(caller, content, mime_type)
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/file")
    assert words in answer.json["errors"][0]["detail"]
    assert count(engine, "media_files") == 0


@pytest.mark.usefixtures("connected")
def test_when_meta_does_not_take_it_nothing_is_kept(caller: Caller, engine: Engine, meta: Meta) -> None:
    meta.control("faults", fault="http_500", next=1, call="media")
    answer = upload(caller)
    assert (answer.status_code, answer.json["code"]) == (502, "upload_failed")
    assert count(engine, "media_files") == 0


def open_link(caller: Caller, url: str) -> Any:
    parts = urlsplit(url)
    return caller.client.get(f"{parts.path}?{parts.query}")


def stored(engine: Engine, business: Business, content: bytes, served_type: str, filename: str | None = None) -> UUID:
    file_id = new_id()
    with media_storage().writing(f"t/{file_id}") as into:
        into.write(content)
    change(
        engine,
        "INSERT INTO media_files (id, tenant_id, channel_id, state, type, served_type, filename, size, path)"
        " VALUES (:id, :t, :c, 'stored', 'document', :served, :name, :size, :path)",
        id=file_id,
        t=business.tenant_id,
        c=business.channel_id,
        served=served_type,
        name=filename,
        size=len(content),
        path=f"t/{file_id}",
    )
    return file_id


def test_what_a_stranger_sent_is_saved_and_runs_nothing(caller: Caller, engine: Engine, business: Business) -> None:
    page = b"<html><script>alert(1)</script></html>"
    file_id = stored(engine, business, page, "text/html", 'a"\r\nX-Evil: 1; ñ.html')
    opened = open_link(caller, caller.get(f"/v1/media/{file_id}").json["url"])
    assert opened.data == page
    headers = opened.headers
    assert headers["Content-Disposition"] == "attachment; filename*=UTF-8''a%22X-Evil%3A%201%3B%20%C3%B1.html"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Type"].startswith("text/html")
    assert "X-Evil" not in headers


def test_a_picture_is_shown(caller: Caller, engine: Engine, business: Business) -> None:
    file_id = stored(engine, business, sample_files.PNG, "image/png")
    opened = open_link(caller, caller.get(f"/v1/media/{file_id}").json["url"])
    assert opened.headers["Content-Disposition"].startswith("inline;")
    assert "private" in opened.headers["Cache-Control"]


def test_a_link_opens_one_file_of_one_tenant_and_ends(
    caller: Caller, engine: Engine, business: Business, other_business: Business
) -> None:
    file_id, other = (stored(engine, business, b"x", "text/plain") for _ in range(2))
    url = caller.get(f"/v1/media/{file_id}").json["url"]
    for changed in (
        url.replace(str(file_id), str(other)),
        url.replace(str(business.tenant_id), str(other_business.tenant_id)),
        url.replace("ends=", "ends=1"),
        url.partition("?")[0],
        f"{url}x",
    ):
        assert open_link(caller, changed).status_code == 403, changed
    past = datetime.now(UTC) - signed_links.LIFETIME - timedelta(seconds=1)
    ends_at, signature = signed_links.sign([KEY], business.tenant_id, file_id, past)
    ended = f"/media/{business.tenant_id}/{file_id}?ends={ends_at}&signature={signature}"
    assert open_link(caller, ended).json["code"] == "link_ended"


def test_a_file_is_shown_to_its_tenant_only(
    caller: Caller, other_caller: Caller, engine: Engine, business: Business
) -> None:
    file_id = stored(engine, business, b"x", "text/plain")
    assert caller.get(f"/v1/media/{file_id}").status_code == 200
    assert other_caller.get(f"/v1/media/{file_id}").json["code"] == "media_not_found"


def test_a_file_that_is_gone_from_the_storage_is_told(caller: Caller, engine: Engine, business: Business) -> None:
    file_id = stored(engine, business, b"x", "text/plain")
    url = caller.get(f"/v1/media/{file_id}").json["url"]
    media_storage().remove(rows(engine, "SELECT path FROM media_files WHERE id = :id", id=file_id)[0].path)
    assert open_link(caller, url).status_code == 404
