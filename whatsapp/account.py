"""The account behind a channel at Meta: what its token is worth, its number, its WABA, its app's subscriptions.

Sources: Meta's pages Webhook overrides, Get started with webhooks (Graph API), Login security (debug_token).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from whatsapp.graph import GraphClient
from whatsapp.graph_answers import clear_answer
from whatsapp.items import Json
from whatsapp.wire_values import objects
from wire.values import string

NEEDED_SCOPES = ("whatsapp_business_messaging", "whatsapp_business_management")
"""Meta: Get started. The first sends and receives, the second reads templates and the account."""
EXPIRY_WARNING = timedelta(days=14)
"""Before a token ends: long enough to find whoever may create one, and shorter than Meta's shortest long-lived token
(60 days). The alert rule PaperboyTokenExpires says the same."""
NEEDED_FIELDS = ("messages",)
USEFUL_FIELDS = (
    "messages",
    "message_template_status_update",
    "message_template_quality_update",
    "phone_number_quality_update",
    "account_update",
)
NUMBER_FIELDS = ("id", "display_phone_number", "verified_name", "quality_rating", "throughput", "status")
LONGEST_OVERRIDE = 200
"""Characters that Meta takes of an address (Meta: Webhook overrides)."""
WEBHOOK_OBJECT = "whatsapp_business_account"


@dataclass(slots=True, frozen=True)
class TokenFacts:
    """What Meta says of an access token (debug_token)."""

    is_valid: bool
    expires_at: datetime | None
    """None: never."""
    data_access_expires_at: datetime | None
    scopes: tuple[str, ...]
    app_id: str | None


@dataclass(slots=True, frozen=True)
class NumberFacts:
    """What Meta says of a phone number."""

    display_phone_number: str | None
    verified_name: str | None
    quality_rating: str | None
    """GREEN | YELLOW | RED | NA"""
    throughput_level: str | None


class AccountClient(GraphClient):
    """The calls of the settings. Their answers are read by people: nothing of them is repeated blindly."""

    def token_facts(self) -> TokenFacts:
        """Inspect the client's own token. It stands in the address of the call: Meta knows no other way.

        Raises:
            NotSent, OutcomeUnknown, Refused: as for a send; Refused with code 190 for a token that is worth nothing.
        """
        data = self._get(("debug_token",), {"input_token": self._access_token}).get("data")
        return read_token(data if isinstance(data, dict) else {})

    def number_facts(self, phone_number_id: str) -> NumberFacts:
        """Return what people want to know of a number."""
        return read_number(self.phone_number(phone_number_id, NUMBER_FIELDS))

    def phone_numbers(self, waba_id: str) -> list[Json]:
        """Return the numbers of a WABA (the first page: an account has a handful)."""
        return objects(self._get((waba_id, "phone_numbers"), {"fields": "id,display_phone_number"}).get("data"))

    def subscribed_apps(self, waba_id: str) -> list[Json]:
        """Return the apps that get the webhooks of a WABA."""
        return objects(self._get((waba_id, "subscribed_apps"), {}).get("data"))

    def subscribe_app(self, waba_id: str, *, callback_url: str | None = None, verify_token: str | None = None) -> None:
        """Let the token's app get the webhooks of a WABA, at an address of its own when one is given.

        Raises:
            NotSent, OutcomeUnknown, Refused: as for a send; the address did not answer the challenge: Refused.
        """
        wanted = {"override_callback_uri": callback_url, "verify_token": verify_token} if callback_url else {}
        self._post((waba_id, "subscribed_apps"), wanted)

    def as_app(self, app_id: str, app_secret: str) -> "AccountClient":
        """Return a client that calls as the app itself (Meta: App access tokens)."""
        client = AccountClient.__new__(AccountClient)
        client.__dict__ |= self.__dict__
        client._access_token = f"{app_id}|{app_secret}"
        client._app_secret = None
        return client

    def app_subscription(self, app_id: str) -> tuple[str | None, tuple[str, ...]]:
        """Return the callback URL and the fields that an app is subscribed with; for a client made by `as_app`."""
        for one in objects(self._get((app_id, "subscriptions"), {}).get("data")):
            if one.get("object") == WEBHOOK_OBJECT:
                return string(one.get("callback_url")), tuple(sorted(_field_names(one.get("fields"))))
        return None, ()

    def register_callback(
        self, app_id: str, *, callback_url: str, verify_token: str, fields: Sequence[str] = USEFUL_FIELDS
    ) -> None:
        """Set where an app's webhooks go and which fields they tell; for a client made by `as_app`.

        Raises:
            NotSent, OutcomeUnknown, Refused: as for a send; the address did not answer the challenge: Refused.
        """
        wanted = {
            "object": WEBHOOK_OBJECT,
            "callback_url": callback_url,
            "verify_token": verify_token,
            "fields": ",".join(fields),
        }
        self._post((app_id, "subscriptions"), wanted)

    def _post(self, path: Sequence[str], wanted: Json) -> Json:
        return clear_answer(self._until_it_leaves("POST", path, {}, orjson.dumps(wanted)))


def read_token(data: Json) -> TokenFacts:
    """Read the answer of debug_token; times are unix seconds, 0 is never."""
    scopes = data.get("scopes")
    return TokenFacts(
        is_valid=data.get("is_valid") is True,
        expires_at=_moment(data.get("expires_at")),
        data_access_expires_at=_moment(data.get("data_access_expires_at")),
        scopes=tuple(scope for scope in scopes if isinstance(scope, str)) if isinstance(scopes, list) else (),
        app_id=string(data.get("app_id")),
    )


def read_number(node: Json) -> NumberFacts:
    """Read a phone number node."""
    throughput = node.get("throughput")
    return NumberFacts(
        display_phone_number=string(node.get("display_phone_number")),
        verified_name=string(node.get("verified_name")),
        quality_rating=string(node.get("quality_rating")),
        throughput_level=string(throughput.get("level")) if isinstance(throughput, dict) else None,
    )


def _moment(seconds: Any) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds <= 0:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _field_names(fields: object) -> list[str]:
    """Meta names fields as texts or as objects with a version."""
    if not isinstance(fields, list):
        return []
    names = [field.get("name") if isinstance(field, dict) else field for field in fields]
    return [name for name in names if isinstance(name, str)]
