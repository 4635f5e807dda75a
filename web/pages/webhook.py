"""What we set up at Meta ourselves: the app's subscription and the callback."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from checks.account_actions import AccountActions
from db.changes.refusal import NotFoundError, Refusal
from db.encryption import EncryptionError
from db.queries import app_secrets
from messaging.sentences import Sentence
from web.api.channels import callback_url
from web.api.services import services
from web.pages import toasts
from web.people.sessions import require_role, the_user
from whatsapp.graph import GraphFailure, NotSent, Refused

SUBSCRIBED = Sentence("The app is subscribed to the account.")
REGISTERED = Sentence("Meta called this address, got the right answer and registered it.")
UNREACHABLE = Sentence("Meta could not be reached. Try again in a minute.")
UNCLEAR = Sentence("Meta gave no clear answer. Test the connection to see how things stand.")

blueprint = Blueprint("webhook", __name__, url_prefix="/settings/channels/<uuid:channel_id>")


@blueprint.post("/subscribe")
@require_role("owner")
def subscribe(channel_id: UUID) -> Response:
    """Let the app get the account's webhooks."""
    attempt(lambda: account_actions().subscribe_app(channel_id), SUBSCRIBED)
    return redirect(url_for("connection.show_channel", channel_id=channel_id), 303)


@blueprint.post("/callback")
@require_role("owner")
def register_callback(channel_id: UUID) -> Response:
    """Tell Meta the callback URL, the verify token and the fields."""
    attempt(lambda: account_actions().register_callback(channel_id, _callback_url(channel_id)), REGISTERED)
    return redirect(url_for("connection.show_channel", channel_id=channel_id), 303)


def account_actions() -> AccountActions:
    """Return what the person who asks may do at Meta."""
    user = the_user()
    return AccountActions(services().database.transaction, services().settings, user.tenant_id, user.actor)


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
    except GraphFailure as failure:
        toasts.tell_failure(_told(failure))
    else:
        toasts.tell(done)


def _told(failure: GraphFailure) -> Sentence:
    if isinstance(failure, Refused):
        return Sentence(
            "Meta refused (error {code}). {advice}", code=failure.code, advice=Sentence(failure.rule.advice)
        )
    return UNREACHABLE if isinstance(failure, NotSent) else UNCLEAR


def _callback_url(channel_id: UUID) -> str:
    with services().database.connect() as connection:
        secrets = app_secrets.of_tenant(connection, the_user().tenant_id)
    has_own_app = any(secret.channel_id == channel_id for secret in secrets)
    return callback_url(services().settings, channel_id if has_own_app else None)
