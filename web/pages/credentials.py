"""Connecting a number, changing its credentials, disconnecting it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from db.changes.channels import ChannelSettings, Wanted
from db.changes.refusal import NotFoundError, Refusal
from messaging.sentences import Sentence
from messaging.violations import Violation
from web.api.services import services
from web.pages import toasts
from web.pages.channel_view import all_channels, channel_page
from web.people.rendering import page
from web.people.sessions import require_role, the_user
from worker.doorbell import ring
from worker.queues import SEND

FIELDS = ("name", "phone_number_id", "waba_id", "display_phone_number", "access_token", "app_secret", "verify_token")
SECRETS = frozenset({"access_token", "app_secret", "verify_token"})
"""Never written back into a form."""
CONNECTED = Sentence("The number is connected. Test the connection now.")
SAVED = Sentence("Saved.")
SECRET_DROPPED = Sentence("The app secret is dropped: what it signs is refused from now on.")
DISCONNECTED = Sentence("The number is disconnected and its credentials are erased.")

blueprint = Blueprint("credentials", __name__, url_prefix="/settings/channels")


@blueprint.get("/new")
@require_role("owner")
def new() -> Response:
    """The form for one more number."""
    return page("settings/welcome.html", given={}, errors={}, channels=all_channels())


@blueprint.post("")
@require_role("owner")
def connect() -> AnyResponse:
    """Connect a number."""
    try:
        with _changing() as channels:
            channel_id = channels.connect(_wanted())
    except (Violation, Refusal) as refused:
        return page("settings/welcome.html", 422, given=_given(), errors=_errors(refused), channels=all_channels())
    toasts.tell(CONNECTED)
    return redirect(url_for("connection.show_channel", channel_id=channel_id), 303)


@blueprint.post("/<uuid:channel_id>")
@require_role("owner")
def save(channel_id: UUID) -> AnyResponse:
    """Change what is given; what is empty stays."""
    try:
        with _changing() as channels:
            channels.update(channel_id, _wanted())
    except NotFoundError:
        raise
    except (Violation, Refusal) as refused:
        return channel_page(channel_id, 422, given=_given(), errors=_errors(refused))
    ring(SEND)
    toasts.tell(SAVED)
    return redirect(url_for("connection.show_channel", channel_id=channel_id), 303)


@blueprint.post("/<uuid:channel_id>/secrets/<uuid:secret_id>/drop")
@require_role("owner")
def drop_secret(channel_id: UUID, secret_id: UUID) -> AnyResponse:
    """Erase an app secret that is not needed any more."""
    with _changing() as channels:
        channels.drop_secret(channel_id, secret_id)
    toasts.tell(SECRET_DROPPED)
    return redirect(url_for("connection.show_channel", channel_id=channel_id), 303)


@blueprint.post("/<uuid:channel_id>/disconnect")
@require_role("owner")
def disconnect(channel_id: UUID) -> AnyResponse:
    """Erase a number's credentials; its messages stay."""
    with _changing() as channels:
        channels.disconnect(channel_id)
    toasts.tell(DISCONNECTED)
    return redirect(url_for("connection.show"), 303)


@contextmanager
def _changing() -> Iterator[ChannelSettings]:
    user = the_user()
    with services().database.transaction() as connection:
        yield ChannelSettings(connection, services().keyring, user.tenant_id, user.actor)
    services().tenants.forget(user.tenant_id)


def _wanted() -> Wanted:
    given = {name: request.form.get(name) for name in FIELDS}
    return Wanted(**given, is_active="is_active" in request.form)


def _given() -> dict[str, Any]:
    typed = {name: request.form.get(name, "") for name in FIELDS if name not in SECRETS}
    return {**typed, "is_active": "is_active" in request.form}


def _errors(refused: Violation | Refusal) -> dict[str, str]:
    place = refused.at if isinstance(refused, Violation) else "phone_number_id"
    return {place: refused.detail}
