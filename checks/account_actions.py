"""What the settings do at Meta: subscribe the app, register the callback, fetch the templates."""

from typing import Any
from uuid import UUID

from checks.meta import ask
from checks.run import Transaction, account_client, keep
from db import sealed
from db.changes.channels import NO_CHANNEL
from db.changes.refusal import NotFoundError, Refusal
from db.encryption import Keyring
from db.queries import audit, brakes, templates
from db.queries import channel_credentials as queries
from messaging.sentences import Sentence
from settings import Settings
from tasks.housekeeping import RELEASE_AFTER


class AccountActions:
    """Actions of one person for one tenant's channels. No transaction is held while Meta is asked.

    Args:
        transaction: makes a transaction.
        settings: of this process.
        tenant_id: whose channels.
        actor: for the audit log.

    All methods raise:
        NotFoundError: the tenant has no such channel.
        Refusal: something has to be entered first.
        GraphFailure: Meta refused, or could not be reached.
        EncryptionError: a key is missing.
    """

    def __init__(self, transaction: Transaction, settings: Settings, tenant_id: UUID, actor: str) -> None:
        self._transaction = transaction
        self._settings = settings
        self._tenant_id = tenant_id
        self._actor = actor

    def subscribe_app(self, channel_id: UUID) -> None:
        """Let the token's app get the webhooks of the channel's WABA."""
        row = self._found(channel_id)
        client, _ = account_client(row, self._settings)
        client.subscribe_app(_waba_of(row))
        self._note("channel.app_subscribed", channel_id)

    def register_callback(self, channel_id: UUID, callback_url: str) -> None:
        """Tell Meta where the app's webhooks go, and which fields are wanted; Meta calls the address at once."""
        row = self._found(channel_id)
        client, app_secret = account_client(row, self._settings)
        verify_token = webhook_token(row, self._settings)
        if not app_secret or not verify_token:
            raise Refusal("webhook_incomplete", Sentence("Enter the app secret and a verify token first."))
        app_id = row.token_app_id or client.token_facts().app_id
        if not app_id:
            raise Refusal(
                "app_unknown", Sentence("Meta does not say which app the token belongs to: make a new token.")
            )
        client.as_app(app_id, app_secret).register_callback(
            app_id, callback_url=callback_url, verify_token=verify_token
        )
        answers = ask(client, phone_number_id=row.phone_number_id, waba_id=row.waba_id, app_secret=app_secret)
        with self._transaction() as connection:
            keep(connection, channel_id, answers)
        self._note("channel.callback_registered", channel_id)

    def fetch_templates(self, channel_id: UUID) -> int:
        """Fetch the channel's templates from Meta now; return how many there are."""
        row = self._found(channel_id)
        client, _ = account_client(row, self._settings)
        definitions = client.message_templates(_waba_of(row))
        with self._transaction() as connection:
            templates.replace_all(connection, self._tenant_id, channel_id, definitions)
            brakes.release_approved_templates(connection, channel_id, age=RELEASE_AFTER)
        return len(definitions)

    def _found(self, channel_id: UUID) -> Any:
        with self._transaction() as connection:
            row = queries.find(connection, self._tenant_id, channel_id)
        if row is None:
            raise NotFoundError(*NO_CHANNEL)
        return row

    def _note(self, action: str, channel_id: UUID) -> None:
        with self._transaction() as connection:
            audit.write(connection, self._tenant_id, actor=self._actor, action=action, target=str(channel_id))


def webhook_token(row: Any, settings: Settings) -> str | None:
    """Return the verify token of the address that a channel's webhooks come to.

    Its own when it brings its own Meta app, else the installation's.

    Raises:
        EncryptionError: a key is missing.
    """
    if row.app_secret is None:
        return settings.verify_token
    stored = row.verify_token
    return Keyring(settings.encryption_keys).decrypt(stored, sealed.VERIFY_TOKEN) if stored else None


def _waba_of(row: Any) -> str:
    if not row.waba_id:
        raise Refusal("waba_missing", Sentence("Enter the id of the WhatsApp Business account first."))
    return str(row.waba_id)
