"""/settings/audit: who changed what."""

from flask import Blueprint, Response, request

from db.queries import audit
from db.redaction import redacted
from messaging.sentences import Sentence
from web.api.services import services
from web.pages.paging import PAGE, cursor_of, following
from web.people.rendering import page
from web.people.sessions import the_user

LONGEST_ACTOR = 300
ACTIONS = {
    "channel.connected": Sentence("Number connected"),
    "channel.number_proved": Sentence("Number confirmed by Meta"),
    "channel.account_proved": Sentence("Account confirmed by Meta"),
    "channel.changed": Sentence("Number changed"),
    "channel.disconnected": Sentence("Number disconnected"),
    "channel.app_secret_dropped": Sentence("App secret dropped"),
    "channel.app_subscribed": Sentence("App subscribed"),
    "channel.callback_registered": Sentence("Callback registered"),
    "channel.test_invoice_queued": Sentence("Test invoice sent"),
    "channel.resumed": Sentence("Number resumed"),
    "gateway.registered": Sentence("Gateway session registered"),
    "gateway.removed": Sentence("Gateway session removed"),
    "gateway.start": Sentence("Gateway session started"),
    "gateway.stop": Sentence("Gateway session stopped"),
    "gateway.restart": Sentence("Gateway session restarted"),
    "gateway.log-out": Sentence("Gateway session logged out"),
    "gateway.secret_added": Sentence("Gateway secret added"),
    "gateway.secret_dropped": Sentence("Gateway secret dropped"),
    "callback.set": Sentence("Address for alarms set"),
    "callback.removed": Sentence("Address for alarms removed"),
    "lookup.set": Sentence("Address for questions about contacts set"),
    "lookup.removed": Sentence("Address for questions about contacts removed"),
    "retention.changed": Sentence("Changed how long things are kept"),
    "contact.erased": Sentence("Contact forgotten"),
    "conversations.settings_changed": Sentence("Settings of conversations changed"),
    "template.mapped": Sentence("Template chosen"),
    "key.created": Sentence("API key made"),
    "key.revoked": Sentence("API key revoked"),
    "user.invited": Sentence("Person invited"),
    "invitation.accepted": Sentence("Invitation accepted"),
    "user.created": Sentence("Person added"),
    "user.changed": Sentence("Person changed"),
    "user.reset_link_made": Sentence("Link for a new password made"),
    "user.password_reset": Sentence("Password set by a link"),
    "user.password_changed": Sentence("Password changed"),
    "user.sessions_ended": Sentence("Sessions ended"),
    "user.logged_in": Sentence("Logged in"),
    "message.resent": Sentence("Message sent again"),
    "message.settled": Sentence("Message settled by hand"),
    "tenant.created": Sentence("Tenant made"),
    "tenant.sessions_allowed": Sentence("Number of sessions set"),
}

blueprint = Blueprint("audit", __name__, url_prefix="/settings/audit")


@blueprint.get("")
def show() -> Response:
    """The log, newest first."""
    action, actor = request.args.get("action", ""), request.args.get("actor", "").strip()[:LONGEST_ACTOR]
    actor = actor.replace("\0", "")
    with services().database.connect() as connection:
        rows = audit.list_newest(
            connection,
            the_user().tenant_id,
            before=cursor_of(request.args),
            limit=PAGE + 1,
            action=action if action in ACTIONS else None,
            actor=actor or None,
        )
    return page(
        "settings/audit.html",
        lines=rows[:PAGE],
        older=following(rows),
        actions=ACTIONS,
        action=action,
        actor=actor,
        redacted=redacted,
    )
