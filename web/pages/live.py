"""/live: the pages hear of changes over the WebSocket, with a ticket of the person who looks at them."""

from typing import Final

from flask import Blueprint, Flask, Response

from db.queries.live_tickets import Holder
from messaging.alarms import AlarmKind
from web.api.answers import json_answer
from web.api.live_tickets import new_ticket
from web.pages.alarms import KINDS
from web.people.sessions import require_role, the_user

ALARM_LOOKS: Final = {
    AlarmKind.SESSION_DISCONNECTED: "danger",
    AlarmKind.SESSION_CONNECTED: "success",
    AlarmKind.SESSION_SILENT: "warning",
    AlarmKind.TEST: "success",
}
"""How the toast of an alarm looks; one that is red stays until it is closed."""

blueprint = Blueprint("live", __name__, url_prefix="/live")


def install_live(app: Flask) -> None:
    """Let templates name the alarms that a page may hear of: `heard_alarms`, each with its title and its look."""
    app.jinja_env.globals["heard_alarms"] = [(kind, KINDS[kind], look) for kind, look in ALARM_LOOKS.items()]


@blueprint.post("/ticket")
@require_role("viewer")
def give_ticket() -> Response:
    """Where the page connects to, once."""
    user = the_user()
    return json_answer({"url": new_ticket(Holder(user.tenant_id, str(user.id), key_id=None)).url})
