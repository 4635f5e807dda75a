"""The founding callers' lists of phone numbers: a bad one costs only itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from messaging.phone import to_e164
from messaging.violations import Violation
from web.api.problems import Fault, invalid


@dataclass(frozen=True, slots=True)
class Recipient:
    """A number as it was given, in E.164, or what is wrong with it."""

    given: str
    phone: str | None
    fault: str = ""


def recipients_of(numbers: Sequence[str]) -> list[Recipient]:
    """Read the numbers of a request, in its order.

    Raises:
        Problem: none of them can be read.
    """
    recipients = [_read(number) for number in numbers]
    if not any(recipient.phone for recipient in recipients):
        raise invalid(*(Fault(f"/phoneNumbers/{n}", one.fault) for n, one in enumerate(recipients)))
    return recipients


def phones_of(recipients: Sequence[Recipient]) -> list[str]:
    """Return each readable number once."""
    return list(dict.fromkeys(one.phone for one in recipients if one.phone))


def results(
    recipients: Sequence[Recipient], ids: dict[str, str], template: str, refused: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return what became of each number (S4.7).

    Args:
        recipients: in the request's order.
        ids: our message id by phone.
        template: its name.
        refused: why nothing goes to a phone, by phone.
    """
    return [_result(one, ids, template, refused) for one in recipients]


def _result(recipient: Recipient, ids: dict[str, str], template: str, refused: Mapping[str, str]) -> dict[str, Any]:
    fault = recipient.fault if recipient.phone is None else refused.get(recipient.phone)
    base = {"phoneNumber": recipient.given, "success": fault is None, "method": "api"}
    if fault is not None:
        return {**base, "templateName": template, "apiError": fault}
    return {**base, "messageId": ids[recipient.phone or ""], "templateName": template}


def _read(number: str) -> Recipient:
    try:
        return Recipient(number, to_e164(number))
    except Violation as violation:
        return Recipient(number, None, violation.detail)
