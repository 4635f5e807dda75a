"""/settings/alarms: what went wrong with sessions, and where the organisation's own system is told of it."""

from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from db.changes import callbacks
from db.changes.refusal import Refusal
from db.queries import alarms
from db.queries.endpoints import CALLBACK, find
from messaging.alarms import AlarmKind
from messaging.sentences import Sentence
from web.api.services import services
from web.pages import endpoints, toasts
from web.pages.moments import duration
from web.pages.paging import PAGE, cursor_of, following
from web.people.rendering import page
from web.people.sessions import require_role, the_user

KINDS = {
    "session.disconnected": Sentence("Session lost"),
    "session.connected": Sentence("Session back"),
    "session.silent": Sentence("Session silent"),
    "test": Sentence("Test"),
}
DELIVERIES = {
    "none": (Sentence("Kept here"), "secondary"),
    "waiting": (Sentence("On its way"), "yellow"),
    "delivered": (Sentence("Delivered"), "green"),
    "failed": (Sentence("Not taken"), "red"),
}
TRIED = Sentence("A test alarm is on its way. Load the page again to see whether it was taken.")
REMOVED = Sentence("Alarms are kept here and posted nowhere.")

GATEWAY_SAYS = {
    "session_connected": Sentence("The gateway calls it connected."),
    "unreachable": Sentence("The gateway cannot be asked."),
}

blueprint = Blueprint("alarms", __name__, url_prefix="/settings/alarms")


@blueprint.get("")
def show() -> Response:
    """The alarms, newest first; live.js has the list drawn again."""
    return _page()


@blueprint.post("")
@require_role("owner")
def set_callback() -> Response:
    """Set where alarms are posted and show the secret, this once."""
    return endpoints.put(CALLBACK, _page)


@blueprint.post("/test")
@require_role("operator")
def try_out() -> AnyResponse:
    """Post an alarm that says nothing."""
    try:
        with services().database.transaction() as connection:
            callbacks.try_out(connection, the_user().tenant_id)
    except Refusal as refused:
        toasts.tell_failure(refused.detail)
    else:
        toasts.tell(TRIED)
    return redirect(url_for("alarms.show"), 303)


@blueprint.post("/remove")
@require_role("owner")
def remove_callback() -> AnyResponse:
    """Post alarms no more."""
    return endpoints.remove(CALLBACK, "alarms.show", REMOVED)


def _told(alarm: Any) -> Sentence | str:
    """Return what an alarm says in the page's language; a gateway's own words stay as they are."""
    details = alarm.details
    if alarm.kind == AlarmKind.SESSION_SILENT:
        return Sentence(
            "Nothing came for {silent}; usually something comes within {usual}. {gateway}",
            silent=duration(details["silent_for_seconds"]),
            usual=duration(details["usual_gap_seconds"]),
            gateway=GATEWAY_SAYS[details["gateway"]],
        )
    return str(details.get("message") or "")


def _page(status: int = 200, *, secret: str | None = None, error: Sentence | None = None, url: str = "") -> Response:
    tenant_id = the_user().tenant_id
    with services().database.connect() as connection:
        rows = alarms.list_newest(connection, tenant_id, before=cursor_of(request.args), limit=PAGE + 1)
        endpoint = find(connection, CALLBACK, tenant_id)
    is_part = "HX-Request" in request.headers
    return page(
        "settings/alarm_list.html" if is_part else "settings/alarms.html",
        status,
        alarms=[(row, _told(row)) for row in rows[:PAGE]],
        older=following(rows),
        endpoint=endpoint,
        secret=secret,
        error=error,
        url=url,
        kinds=KINDS,
        deliveries=DELIVERIES,
    )
