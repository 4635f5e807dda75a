"""Field types that several requests share; their rules live in `messaging`."""

import re
import unicodedata
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    Strict,
    Tag,
    ValidationInfo,
)
from pydantic.config import JsonDict
from pydantic.json_schema import WithJsonSchema

from messaging.ladder import MESSAGE_STATUSES
from messaging.links import check_https
from messaging.money import parse_amount, parse_currency
from messaging.phone import to_e164
from messaging.violations import Violation
from web.api.inputs import UNION_TAG
from web.api.services import services

BSUID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")
"""Meta: Business-scoped user IDs."""
ALIAS = re.compile(r"[0-9]{1,40}@lid")
"""WhatsApp Web's alias of somebody whose number a gateway is not shown."""
LARGEST_AMOUNT = Decimal(10) ** 14
"""numeric(18, 4) of documents.amount holds less than this."""
DATE_TIME: JsonDict = {"format": "date-time"}
"""Of a moment in an answer, which is written as text already."""
UUID_FORMAT: JsonDict = {"format": "uuid"}
"""Of an id in an answer."""
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]")
"""Pydantic would also read a text of digits, as seconds since 1970."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_CONTROL_OR_BREAK = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


class Body(BaseModel):
    """A request body of ours: a name that is not known is a typing error, so it is refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


def _tell_that_none_is_null(schema: dict[str, Any]) -> None:
    """A parameter that is left out is none to us; an address has no way to write null."""
    for told in schema["properties"].values():
        forms = [form for form in told.get("anyOf", ()) if form != {"type": "null"}]
        if len(forms) == 1:
            del told["anyOf"]
            told |= {**forms[0], **told}
        if told.get("default", ...) is None:
            del told["default"]


class Query(BaseModel):
    """Query parameters; texts by nature, so not strict."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_tell_that_none_is_null)


def address_of(raw: str) -> str:
    """Return a phone number in E.164, or a BSUID or an alias (digits@lid) as it is.

    Raises:
        Violation: none of these.
    """
    return raw if BSUID.fullmatch(raw) or ALIAS.fullmatch(raw) else to_e164(raw)


def one_line(text: str) -> str:
    """Return text without surplus spaces at its ends.

    Raises:
        Violation: line breaks, tabs or other control characters, or nothing but spaces.
    """
    if _CONTROL_OR_BREAK.search(text):
        raise Violation("the text has a line break, a tab or another control character; write it in one line")
    if not text.strip():
        raise Violation("the text is empty")
    return text.strip()


def canonical_number(number: str) -> str:
    """Return a document's number so that surplus spaces and the Unicode form do not make another one of it."""
    return " ".join(unicodedata.normalize("NFC", number).split())


def _addressable(number: str) -> str:
    """GET finds a document under its number: on the way, such parts are merged or resolved into another address."""
    if any(part in ("", ".", "..") for part in number.split("/")):
        raise Violation('the number has nothing, "." or ".." before, between or after slashes; no address can carry it')
    return number


def _lines(text: str) -> str:
    if _CONTROL.search(text):
        raise Violation("the text has control characters; remove them")
    if not text.strip():
        raise Violation("the text is empty")
    return text


def _written_moment(raw: Any) -> Any:
    if not isinstance(raw, str) or not _MOMENT.match(raw):
        raise Violation("the time is not RFC 3339; write it as 2026-11-30T09:00:00-04:00")
    return raw


def _link(url: str) -> str:
    # The simulator's pages have no certificate.
    return check_https(url, allow_local=services().settings.env == "development")


def _amount(raw: Any, info: ValidationInfo) -> Decimal:
    amount = parse_amount(raw, info.data.get("currency", ""))
    if amount >= LARGEST_AMOUNT:
        raise Violation("the amount has more than 14 digits before the point")
    return amount


ChannelId = Annotated[UUID, Strict(False)]
Moment = Annotated[AwareDatetime, Strict(False), BeforeValidator(_written_moment)]
Line = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(one_line)]
Number = Annotated[
    str,
    Field(min_length=1, max_length=100, description="Your number of the document; it is sent once."),
    AfterValidator(one_line),
    AfterValidator(canonical_number),
    AfterValidator(_addressable),
]
Phone = Annotated[
    str, Field(max_length=40, description='E.164, with "+"; separators are cleaned away.'), AfterValidator(to_e164)
]
Address = Annotated[
    str,
    Field(max_length=140, description='Phone number (E.164, with "+"), BSUID, or digits@lid.'),
    AfterValidator(address_of),
]
Text = Annotated[str, Field(min_length=1, max_length=4096), AfterValidator(_lines)]
Parameter = Annotated[str, Field(max_length=1024)]
MOST_PARAMETERS = 100
"""More than any template has."""


def _parameters_shape(given: Any) -> str:
    return f"{UNION_TAG}names" if isinstance(given, dict) else f"{UNION_TAG}order"


TemplateParameters = Annotated[
    Annotated[list[Parameter], Field(max_length=MOST_PARAMETERS), Tag(f"{UNION_TAG}order")]
    | Annotated[dict[str, Parameter], Field(max_length=MOST_PARAMETERS), Tag(f"{UNION_TAG}names")],
    Discriminator(_parameters_shape),
]
"""Texts in order, or by name for a template whose parameters are named."""
Link = Annotated[str, Field(max_length=2000, description="https only."), AfterValidator(_link)]
Currency = Annotated[str, Field(max_length=8, description="ISO 4217, or RD$."), AfterValidator(parse_currency)]
Amount = Annotated[
    Decimal,
    PlainValidator(_amount),
    WithJsonSchema(
        {
            "description": "Decimal string, or an integer; floating-point numbers are not exact and are refused.",
            "anyOf": [
                {"type": "string", "pattern": r"^[0-9]{1,14}(\.[0-9]{1,3})?$"},
                {"type": "integer", "minimum": 0, "maximum": 10**14 - 1},
            ],
        }
    ),
]
"""Declared after `currency`: it says how many decimals there may be."""
Status = Literal[MESSAGE_STATUSES]  # type: ignore[valid-type]
