"""Every send stands in a thread, and asks consent and window first: what Meta would refuse, or the customer did not
want, is refused here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from db.queries import addressees
from db.queries.addressees import Address, Addressee
from db.queries.messages import NewMessage
from messaging import consent, service_window
from messaging.service_window import KnownTemplate
from web.api.answers import moment
from web.api.database import Database
from web.api.problems import Problem
from web.api.tenants import TenantConfig

TRIES = 3


@dataclass(frozen=True, slots=True)
class Threaded:
    """Messages with their threads, and why others may not go out, by phone number or BSUID."""

    allowed: list[NewMessage]
    refused: dict[str, Problem]

    def only(self) -> NewMessage:
        """Return the one message that there is.

        Raises:
            Problem: it may not go out.
        """
        for problem in self.refused.values():
            raise problem
        return self.allowed[0]

    @property
    def reasons(self) -> dict[str, str]:
        """Why nothing goes to an address, in a sentence."""
        return {address: problem.detail for address, problem in self.refused.items()}


def in_threads(database: Database, config: TenantConfig, messages: Sequence[NewMessage]) -> Threaded:
    """Give messages of one channel their threads, and sort out those that may not be sent now."""
    places = [Address(one.contact_phone, one.contact_bsuid) for one in messages]
    known = _known(database, messages[0], places)
    allowed: list[NewMessage] = []
    refused: dict[str, Problem] = {}
    for message, place in zip(messages, places, strict=True):
        addressee = known[place]
        problem = refusal(config, message, addressee)
        if problem is None:
            allowed.append(_addressed(config, message, addressee))
        else:
            refused[place.phone or place.alias or ""] = problem
    return Threaded(allowed, refused)


def refusal(config: TenantConfig, message: NewMessage, addressee: Addressee) -> Problem | None:
    """Return why a message may not be sent to somebody now, None when it may."""
    category = _category(config, message.content)
    if _is_unknown_there(config, message, addressee):
        return Problem(422, "address_unknown", "This channel cannot reach them: their phone number is not known.")
    unwanted = consent.refusal(addressee.contact.consent, category, addressee.contact.last_wrote_at)
    if unwanted:
        return Problem(422, "opted_out", f"The message is not sent: {unwanted}.")
    if (
        category is None
        and not _has_no_window(config)
        and not service_window.is_open(addressee.window_closes_at, _sent_at(message))
    ):
        return _window_closed(config, addressee)
    return None


def _known(database: Database, first: NewMessage, places: Sequence[Address]) -> Mapping[Address, Addressee]:
    """A contact that is new stays, whatever becomes of the message: it is who somebody is, not what they got."""
    for _ in range(TRIES):
        try:
            with database.connect() as connection:
                return addressees.find_or_make(connection, first.tenant_id, first.channel_id, places)
        except LookupError:
            continue
    raise Problem(409, detail="Somebody else writes to the same new contacts at this moment; try again.")


def _category(config: TenantConfig, content: Mapping[str, Any]) -> str | None:
    if content["type"] != "template":
        return None
    template = content["template"]
    known = config.templates.get((template["name"], template["language"]["code"]))
    return str(known.definition.get("category") or "UTILITY") if known else "UTILITY"


def _is_unknown_there(config: TenantConfig, message: NewMessage, addressee: Addressee) -> bool:
    phone = message.contact_phone or addressee.contact.phone
    return phone is None and _alias(config, addressee) is None


def _alias(config: TenantConfig, addressee: Addressee) -> str | None:
    """A gateway knows no BSUID, and Meta no alias of WhatsApp Web."""
    return addressee.contact.lid if _has_no_window(config) else addressee.contact.bsuid


def _has_no_window(config: TenantConfig) -> bool:
    return config.channel is not None and config.channel.is_gateway


def _sent_at(message: NewMessage) -> datetime:
    return message.scheduled_at or datetime.now(UTC)


def _addressed(config: TenantConfig, message: NewMessage, addressee: Addressee) -> NewMessage:
    """A known phone number is preferred: Meta goes on showing it then, and every template may be sent to it."""
    phone = message.contact_phone or addressee.contact.phone
    return replace(
        message,
        conversation_id=addressee.conversation_id,
        contact_phone=phone,
        contact_bsuid=None if phone else _alias(config, addressee),
    )


def _window_closed(config: TenantConfig, addressee: Addressee) -> Problem:
    closed_at = addressee.window_closes_at
    templates = service_window.templates_that_would_do(
        [_told(one) for one in config.templates.values()],
        marketing_allowed=addressee.contact.consent.stopped_at("marketing") is None,
    )
    since = f"The window closed at {moment(closed_at)}." if closed_at else "The customer has not written yet."
    named = ", ".join(f"{one.name} ({one.language})" for one in templates)
    instead = f"Send an approved template instead: {named}." if named else "Send an approved template instead."
    return Problem(
        422,
        "window_closed",
        f"Free-form messages are allowed for 24 hours after the customer wrote. {since} {instead}",
        more={
            "window_closed_at": moment(closed_at),
            "templates": [{"name": one.name, "language": one.language, "category": one.category} for one in templates],
        },
    )


def _told(template: Any) -> KnownTemplate:
    return KnownTemplate(
        template.name, template.language, template.status, template.definition.get("category") or "UTILITY"
    )
