"""What Meta is told once of a channel: that our app gets the account's webhooks, and where they go."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from checks.account_checks import said, unanswered
from checks.result import CheckResult
from checks.run import Transaction, client_of, run
from db import sealed
from db.changes.channels import NO_CHANNEL
from db.changes.refusal import NotFoundError, Refusal
from db.encryption import Keyring
from db.queries import app_secrets, audit
from db.queries import channel_credentials as queries
from messaging.sentences import Sentence
from settings import Settings
from whatsapp.account import LONGEST_OVERRIDE, USEFUL_FIELDS, AccountClient, TokenFacts
from whatsapp.graph import GraphFailure, Refused

CALLBACK_REFUSED: Final = 2200
"""Meta: Webhook overrides. Its challenge to the callback URL was not answered."""
NOT_REACHED = Sentence(
    "Meta could not verify the callback URL: it needs an https address that reaches this service from the internet, "
    "and the verify token that Meta sends has to be the one set here. PUBLIC_URL says where this service is."
)


@dataclass(slots=True, frozen=True)
class Registration:
    """A channel whose side at Meta is to be set up.

    Args:
        transaction: makes a transaction; none is held while Meta is asked.
        settings: of this process.
        tenant_id: whose channel.
        channel_id: which.
        actor: for the audit log.
    """

    transaction: Transaction
    settings: Settings
    tenant_id: UUID
    channel_id: UUID
    actor: str

    def subscribe_app(self) -> None:
        """Let the token's app get the webhooks of the channel's account (POST /{waba}/subscribed_apps).

        One that is subscribed is left alone: the same call would clear an override of its address.

        Raises:
            NotFoundError: the tenant has no such channel.
            Refusal: the account's id is missing, or Meta refused; says what to do.
            EncryptionError: no key opens the token.
        """
        row, _ = self._read()
        client, _ = client_of(row, self.settings)
        waba_id = waba_of(row)
        if told("subscribed_app", lambda: _is_subscribed(client, waba_id)):
            return
        told("subscribed_app", lambda: client.subscribe_app(waba_id))
        self._note("channel.app_subscribed", waba_id=waba_id)
        run(self.transaction, self.settings, self.tenant_id, self.channel_id)

    def register_callback(self) -> str:
        """Have Meta post the channel's webhooks to this service, and return the address.

        An app of the channel's own is told its callback URL and fields (POST /{app}/subscriptions, with the app's
        secret). For the installation's app, which other accounts may share, only this account is told where
        (override_callback_uri of POST /{waba}/subscribed_apps); the fields are the app's.

        Raises:
            NotFoundError, Refusal, EncryptionError: as for `subscribe_app`; Refusal also when Meta could not verify.
        """
        row, has_own_app = self._read()
        client, app_secret = client_of(row, self.settings)
        url = callback_url(self.settings, self.channel_id if has_own_app else None)
        verify_token = verify_token_of(row, self.settings, has_own_app=has_own_app)
        if not verify_token:
            raise Refusal(
                "verify_token_missing", Sentence("No verify token is set: set one, then register the callback.")
            )
        if has_own_app and app_secret:
            _register_app(client, app_secret, url, verify_token)
        else:
            _override(client, waba_of(row), url, verify_token)
        self._note("channel.callback_registered", url=url)
        run(self.transaction, self.settings, self.tenant_id, self.channel_id)  # pages show the fields of now
        return url

    def _read(self) -> tuple[Any, bool]:
        with self.transaction() as connection:
            row = queries.find(connection, self.tenant_id, self.channel_id)
            secrets = app_secrets.of_tenant(connection, self.tenant_id)
        if row is None:
            raise NotFoundError(*NO_CHANNEL)
        return row, any(secret.channel_id == self.channel_id for secret in secrets)

    def _note(self, action: str, **details: Any) -> None:
        with self.transaction() as connection:
            audit.write(
                connection, self.tenant_id, actor=self.actor, action=action, target=str(self.channel_id), **details
            )


def verify_token_of(row: Any, settings: Settings, *, has_own_app: bool) -> str | None:
    """Return the verify token of the address that a channel's webhooks come to; None: none is set.

    Raises:
        EncryptionError: no key opens it.
    """
    if not has_own_app:
        return settings.verify_token
    stored = row.verify_token
    return Keyring(settings.encryption_keys).decrypt(stored, sealed.VERIFY_TOKEN) if stored else None


def callback_url(settings: Settings, channel_id: UUID | None) -> str:
    """Return where Meta posts webhooks (S1.3).

    Args:
        settings: of this process.
        channel_id: of a channel with a Meta app of its own; None: the installation's app.
    """
    base = (settings.whatsapp_webhook_url or settings.own_url).rstrip("/")
    return f"{base}/webhook/{channel_id}" if channel_id else f"{base}/webhook"


def waba_of(row: Any) -> str:
    """Return the id of a channel's account.

    Raises:
        Refusal: it is not known.
    """
    if not row.waba_id:
        raise Refusal("waba_missing", Sentence("The id of the WhatsApp Business account is missing: enter it first."))
    return str(row.waba_id)


def _is_subscribed(client: AccountClient, waba_id: str) -> bool:
    app_id = client.token_facts().app_id
    apps = [app.get("whatsapp_business_api_data") for app in client.subscribed_apps(waba_id)]
    return any(isinstance(app, dict) and str(app.get("id")) == app_id for app in apps)


def _override(client: AccountClient, waba_id: str, url: str, verify_token: str) -> None:
    if len(url) > LONGEST_OVERRIDE:
        raise Refusal(
            "url_too_long",
            Sentence("Meta takes callback URLs of {most} characters: shorten PUBLIC_URL.", most=LONGEST_OVERRIDE),
        )
    told("subscribed_app", lambda: client.subscribe_app(waba_id, callback_url=url, verify_token=verify_token))


def _register_app(client: AccountClient, app_secret: str, url: str, verify_token: str) -> None:
    token: TokenFacts = told("token", client.token_facts)
    if token.app_id is None:
        raise Refusal("app_unknown", Sentence("Meta does not say which app the token belongs to: make a new token."))
    as_app, app_id = client.as_app(token.app_id, app_secret), token.app_id
    told(
        "fields",
        lambda: as_app.register_callback(app_id, callback_url=url, verify_token=verify_token, fields=USEFUL_FIELDS),
    )


def told(name: str, call: Any) -> Any:
    """Return what Meta answers; its refusals become ours, with what to do.

    Args:
        name: of the check that the question belongs to.
        call: asks Meta.

    Raises:
        Refusal: Meta refused, or could not be reached.
    """
    try:
        return call()
    except GraphFailure as failure:
        raise Refusal("meta_refused", _explained(unanswered(name, failure), failure)) from None


def _explained(result: CheckResult, failure: GraphFailure) -> Sentence:
    if isinstance(failure, Refused) and failure.code == CALLBACK_REFUSED:
        return Sentence("{what} (Meta's {error}.)", what=NOT_REACHED, error=said(failure))
    return Sentence("{what} {advice}", what=result.detail, advice=result.advice)
