"""What we set up at Meta ourselves: the app's subscription and the callback."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from checks.registration import Registration
from db.changes.refusal import NotFoundError, Refusal
from db.encryption import EncryptionError
from messaging.sentences import Sentence
from web.api.services import services
from web.pages import toasts
from web.people.sessions import require_role, the_user

SUBSCRIBED = Sentence("The app is subscribed to the account.")
REGISTERED = Sentence("Meta called this address, got the right answer and registered it.")

blueprint = Blueprint("webhook", __name__, url_prefix="/settings/channels/<uuid:channel_id>")


@blueprint.post("/subscribe")
@require_role("owner")
def subscribe(channel_id: UUID) -> Response:
    """Let the app get the account's webhooks."""
    attempt(lambda: _registration(channel_id).subscribe_app(), SUBSCRIBED)
    return redirect(url_for("connection.show_channel", channel_id=channel_id), 303)


@blueprint.post("/callback")
@require_role("owner")
def register_callback(channel_id: UUID) -> Response:
    """Tell Meta the callback URL, the verify token and the fields."""
    attempt(lambda: _registration(channel_id).register_callback(), REGISTERED)
    return redirect(url_for("connection.show_channel", channel_id=channel_id), 303)


def _registration(channel_id: UUID) -> Registration:
    user = the_user()
    return Registration(services().database.transaction, services().settings, user.tenant_id, channel_id, user.actor)


def attempt(action: Callable[[], object], done: Sentence) -> None:
    """Do something at Meta and tell how it went.

    Raises:
        NotFoundError: the channel is not the person's.
    """
    try:
        action()
    except NotFoundError:
        raise
    except (Refusal, EncryptionError) as refused:
        toasts.tell_failure(refused.detail if isinstance(refused, Refusal) else str(refused))
    else:
        toasts.tell(done)
