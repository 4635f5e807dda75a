"""/: where everybody begins."""

from flask import Blueprint, Response

from web.people.rendering import page

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def show() -> Response:
    """The first page after the login."""
    return page("home.html")
