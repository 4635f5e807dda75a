"""/v1/media: files to send, and files of messages; /media: what signed links open."""

from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, request

from db.queries import media_files
from messaging import signed_links
from messaging.file_types import SHOWN_INLINE
from tasks.media_storage import FileGoneError, media_storage
from web.api import conversation_examples
from web.api.answers import created, json_answer
from web.api.auth import current_tenant, protect
from web.api.media_views import shown
from web.api.message_lookup import as_id
from web.api.problems import Fault, Problem, invalid
from web.api.schemas.conversations import FileShown
from web.api.services import services
from web.api.uploads import LARGEST_FORM, uploaded

COLLECTION = "/v1/media"
REFUSALS = {
    400: "The body is no form.",
    413: "The body is larger than 101 MB.",
    502: "Meta did not take the file; try again.",
}

blueprint = APIBlueprint("media", __name__, tag="Media", url_prefix=COLLECTION)
protect(blueprint)
links = APIBlueprint("media_links", __name__, tag="Media", url_prefix="/media")


@blueprint.post("")
@blueprint.output(FileShown, 201, example=conversation_examples.FILE)
@blueprint.doc(operation_id="uploadMedia", responses=REFUSALS)
def upload_media() -> Response:
    """Upload a file that is to be sent

    As `multipart/form-data` with the part `file`. The same bytes again within 29 days are not uploaded to Meta again.
    """
    request.max_content_length = LARGEST_FORM
    given = request.files.get("file")
    if given is None:
        raise invalid(Fault("/file", "give the file as the part `file` of multipart/form-data"))
    with closing(given):
        content, told = given.stream.read(), given.mimetype
    row = uploaded(current_tenant(), content, told, given.filename)
    return created(shown(current_tenant(), row), COLLECTION, str(row.id))


@blueprint.get("/<media_id>")
@blueprint.output(FileShown, example=conversation_examples.FILE)
@blueprint.doc(operation_id="getMedia")
def get_media(media_id: str) -> Response:
    """Show a file, with a fresh link"""
    file_id = as_id(media_id)
    with services().database.connect() as connection:
        row = media_files.find(connection, current_tenant(), file_id) if file_id else None
    if row is None:
        raise Problem(404, "media_not_found", "There is no such file.")
    return json_answer(shown(current_tenant(), row))


@links.get("/<tenant>/<media_id>")
@links.doc(operation_id="openMedia", hide=True)
def open_media(tenant: str, media_id: str) -> Response:
    """Open a file by a signed link"""
    tenant_id, file_id = as_id(tenant), as_id(media_id)
    if tenant_id is None or file_id is None or not _is_genuine(tenant_id, file_id):
        raise Problem(403, "link_ended", "This link has ended; open the conversation again.")
    with services().database.connect() as connection:
        row = media_files.find(connection, tenant_id, file_id)
    if row is None or row.state != "stored":
        raise Problem(404, "media_not_found", "There is no such file.")
    try:
        blocks = media_storage().blocks(row.path)
    except FileGoneError:
        raise Problem(404, "media_not_found", "There is no such file.") from None
    return Response(blocks, headers=_headers(row), content_type=row.served_type)


def _is_genuine(tenant_id: UUID, file_id: UUID) -> bool:
    ends = request.args.get("ends", "")
    if not (ends.isascii() and ends.isdecimal() and len(ends) <= len("9999999999")):
        return False
    keys = services().settings.encryption_keys
    signature = request.args.get("signature", "")
    return signed_links.is_genuine(
        keys, tenant_id, file_id, ends_at=int(ends), signature=signature, now=datetime.now(UTC)
    )


def _headers(row: Any) -> list[tuple[str, str]]:
    """What came from a stranger runs nothing here: no scripts, no guessing of types, nothing but media shown inline."""
    shown_as = "inline" if row.served_type in SHOWN_INLINE else "attachment"
    name = "".join(character for character in row.filename or f"{row.type}-{row.id}" if character.isprintable())
    return [
        ("Content-Length", str(row.size)),
        ("Content-Disposition", f"{shown_as}; filename*=UTF-8''{quote(name, safe='')}"),
        ("Content-Security-Policy", "default-src 'none'; sandbox"),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "private, max-age=600"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    ]
