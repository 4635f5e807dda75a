"""/: where everybody begins."""

from flask import Blueprint, Response

from web.people.redirects import send_on

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def show() -> Response:
    """Send on to the settings."""
    return send_on("/settings")
