"""Answers as JSON: times in UTC, money as decimal strings."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from flask import Response, request

from messaging.money import DECIMALS, USUAL_DECIMALS


def json_answer(body: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON response."""
    return Response(orjson.dumps(body, default=str), status, headers=headers, content_type="application/json")


def accepted(body: Mapping[str, Any], collection: str, resource_id: str) -> Response:
    """Return 202 with the address of what was accepted.

    Args:
        body: the answer.
        collection: path of the list it belongs to.
        resource_id: its id.
    """
    return json_answer(body, 202, {"Location": f"{request.script_root}{collection}/{resource_id}"})


def created(body: Mapping[str, Any], collection: str, resource_id: str) -> Response:
    """Return 201 with the address of what was made.

    Args:
        body: the answer.
        collection: path of the list it belongs to.
        resource_id: its id.
    """
    return json_answer(body, 201, {"Location": f"{request.script_root}{collection}/{resource_id}"})


def moment(at: datetime | None) -> str | None:
    """Return RFC 3339 in UTC, whatever zone the database's session is in."""
    return None if at is None else at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def money(amount: Decimal, currency: str) -> str:
    """Return the amount with the decimals of its currency."""
    return f"{amount:.{DECIMALS.get(currency, USUAL_DECIMALS)}f}"


def identifier(value: UUID | None) -> str | None:
    """Return an id as text."""
    return None if value is None else str(value)
