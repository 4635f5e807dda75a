"""Media: upload, look-up, download with the bearer token, delete (Meta: Media)."""

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from simulator.endings import answer_json
from simulator.errors import GraphError, unknown_object
from simulator.graph import Call, graph_call
from simulator.records import Media
from simulator.validation import media_kind

URL_LIFETIME_S: Final = 300
MEGABYTE: Final = 1024 * 1024
OFFICE: Final = "application/vnd.openxmlformats-officedocument."
MIME_TYPES: Final = frozenset(
    {
        *(f"audio/{name}" for name in ("aac", "amr", "mpeg", "mp4", "ogg")),
        *(f"image/{name}" for name in ("jpeg", "png", "webp")),
        *("video/mp4", "video/3gpp", "text/plain"),
        *(f"application/{name}" for name in ("pdf", "msword", "vnd.ms-excel", "vnd.ms-powerpoint")),
        *(OFFICE + name for name in ("wordprocessingml.document", "spreadsheetml.sheet")),
        OFFICE + "presentationml.presentation",
    }
)
SIZE_LIMITS: Final[Mapping[str, int]] = {
    "audio": 16 * MEGABYTE,
    "document": 100 * MEGABYTE,
    "image": 5 * MEGABYTE,
    "sticker": 500 * 1024,
    "video": 16 * MEGABYTE,
}
LARGEST_REQUEST: Final = SIZE_LIMITS["document"] + MEGABYTE


@graph_call("media")
async def post_media(call: Call) -> web.Response:
    """Upload a file as multipart form; answers with its id."""
    call.state.number(call.request.match_info["object_id"])
    form = await call.request.post()
    if form.get("messaging_product") != "whatsapp":
        raise GraphError(100, message="The parameter messaging_product is required")
    file = form.get("file")
    if not isinstance(file, web.FileField):
        raise GraphError(100, message="The parameter file is required")
    mime_type = str(form.get("type") or file.content_type).partition(";")[0].strip()
    content = file.file.read()
    _check_upload(mime_type, content)
    media = call.state.add_media(mime_type, content, sha256_of(content))
    return answer_json({"id": media.media_id})


@graph_call("media")
async def get_media(call: Call) -> web.Response:
    """A file's facts and a URL that lives five minutes."""
    media = _find(call)
    return answer_json(
        {
            "messaging_product": "whatsapp",
            "url": _download_url(call, media),
            "mime_type": media.mime_type,
            "sha256": hashlib.sha256(media.content).hexdigest(),
            "file_size": len(media.content),
            "id": media.media_id,
        }
    )


@graph_call("media")
async def delete_media(call: Call) -> web.Response:
    """Forget a file."""
    del call.state.media[_find(call).media_id]
    return answer_json({"success": True})


@graph_call("media")
async def download_media(call: Call) -> web.Response:
    """The bytes, for five minutes; Meta's lookaside host answers 404 afterwards."""
    media = call.state.media.get(call.request.match_info["object_id"])
    expires = call.request.query.get("ext", "")
    if media is None or not _is_genuine(call, media, expires):
        raise web.HTTPNotFound
    return web.Response(body=media.content, content_type=media.mime_type)


def sha256_of(content: bytes) -> str:
    """As webhooks carry it: base64."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode("ascii")


def _check_upload(mime_type: str, content: bytes) -> None:
    if mime_type not in MIME_TYPES:
        raise GraphError(100, message=f"Param file must be one of {{{', '.join(sorted(MIME_TYPES))}}}")
    limit = SIZE_LIMITS[media_kind(mime_type)]
    if not content or len(content) > limit:
        raise GraphError(131053, f"the file must have from 1 to {limit} bytes")


def _find(call: Call) -> Media:
    media_id = call.request.match_info["object_id"]
    media = call.state.media.get(media_id)
    owner = call.request.query.get("phone_number_id")
    if media is None or (owner is not None and owner not in call.state.numbers):
        raise unknown_object(media_id)
    return media


def _download_url(call: Call, media: Media) -> str:
    expires = str(int(time.time()) + URL_LIFETIME_S)
    query = {"ext": expires, "hash": _url_hash(call, media, expires)}
    return str(call.request.url.origin().joinpath("lookaside", media.media_id).with_query(query))


def _is_genuine(call: Call, media: Media, expires: str) -> bool:
    given: Any = call.request.query.get("hash", "")
    if not hmac.compare_digest(given.encode(), _url_hash(call, media, expires).encode()):
        return False
    return time.time() < int(expires)


def _url_hash(call: Call, media: Media, expires: str) -> str:
    key = call.state.options.app_secret.encode()
    return hmac.new(key, f"{media.media_id}|{expires}".encode(), hashlib.sha256).hexdigest()[:32]
