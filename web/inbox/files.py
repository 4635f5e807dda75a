"""/inbox/files: an address of a file that stays; it leads to a link that ends after some minutes."""

from uuid import UUID

from flask import Blueprint, redirect, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from db.queries import media_files
from web.api.media_views import STORED, link_path
from web.api.services import services
from web.people.sessions import the_user

blueprint = Blueprint("inbox_files", __name__, url_prefix="/inbox/files")


@blueprint.get("/<uuid:file_id>")
def open_file(file_id: UUID) -> Response:
    """Send on to a fresh link: a page that is drawn again keeps the address, so that a voice goes on playing."""
    tenant_id = the_user().tenant_id
    with services().database.connect() as connection:
        row = media_files.find(connection, tenant_id, file_id)
    if row is None or row.state != STORED:
        raise NotFound
    return redirect(request.script_root + link_path(tenant_id, file_id), 302)
