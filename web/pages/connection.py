"""/settings: the connection of a WhatsApp number, its traffic lights and its test."""

from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from checks import run
from checks.result import worst
from db.queries import audit, brakes, channel_list
from messaging.sentences import Sentence
from web.api.services import services
from web.pages import toasts
from web.pages.channel_view import all_channels, channel_page, light_context, state_context
from web.people.rendering import page
from web.people.sessions import require_role, the_user
from worker.doorbell import ring
from worker.queues import SEND

TESTED = {
    "ok": Sentence("Tested: everything is in order."),
    "warning": Sentence("Tested: it works, but something needs a look."),
    "error": Sentence("Tested: something is broken. See what to do below."),
}
RESUMED = Sentence("The number sends again, one message at a time until Meta accepts one.")

blueprint = Blueprint("connection", __name__, url_prefix="/settings")


@blueprint.get("")
def show() -> Response:
    """The first number, or how to connect one."""
    channels = all_channels()
    return channel_page(channels[0].id) if channels else page("settings/welcome.html", given={}, errors={})


@blueprint.get("/channels/<uuid:channel_id>")
def show_channel(channel_id: UUID) -> Response:
    """One number."""
    return channel_page(channel_id)


@blueprint.post("/channels/<uuid:channel_id>/test")
@require_role("operator")
def test(channel_id: UUID) -> Response:
    """Ask Meta about everything; a script gets the card, a browser without scripts the page."""
    database, tenant_id = services().database, the_user().tenant_id
    results = run.run(database.transaction, services().settings, tenant_id, channel_id, public_url=True)
    if results is None:
        raise NotFound
    if "HX-Request" not in request.headers:
        return channel_page(channel_id, results=results)
    state = worst(results)
    toast = {"text": TESTED[state], "kind": {"ok": "success", "warning": "warning"}.get(state, "danger")}
    with database.connect() as connection:
        channel = channel_list.find(connection, tenant_id, channel_id)
    return page(
        "settings/connection.html", channel=channel, toast=toast, **state_context(channel), **light_context(results)
    )


@blueprint.post("/channels/<uuid:channel_id>/resume")
@require_role("operator")
def resume(channel_id: UUID) -> AnyResponse:
    """Let a paused number send again."""
    user = the_user()
    with services().database.transaction() as connection:
        if channel_list.find(connection, user.tenant_id, channel_id) is None:
            raise NotFound
        if brakes.resume_channel(connection, channel_id):
            audit.write(connection, user.tenant_id, actor=user.actor, action="channel.resumed", target=str(channel_id))
    ring(SEND)
    toasts.tell(RESUMED)
    return redirect(url_for("connection.show_channel", channel_id=channel_id), 303)
