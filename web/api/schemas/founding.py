"""The founding systems' requests and answers (S4.3–S4.13), in their own names."""

import re
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, model_validator
from pydantic.functional_validators import BeforeValidator

from messaging.documents import FOUNDING_STEPS
from messaging.languages import locale_of
from messaging.violations import Violation
from web.api.schemas.fields import Currency, Line, Link, TemplateParameters, Text

MOST_NUMBERS = 50
"""S4.6."""
DEFAULT_CURRENCY = "RD$"
DEFAULT_LOCALE = "es-CO"
DEFAULT_ORGANISATION = "MicroRealEstate"
_DAY_FIRST = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_ISO_DATE_LENGTH = 10


def _optional_names(model: type[BaseModel]) -> set[str]:
    """An amount alone must not be guessed (S4.8)."""
    return {name for name, field in model.model_fields.items() if not field.is_required()} - {"totalAmount"}


def _tell_that_empty_is_absent(schema: dict[str, Any], model: type[BaseModel]) -> None:
    for name in _optional_names(model):
        told = schema["properties"][name]
        description = {key: told.pop(key) for key in ("default", "description", "title") if key in told}
        schema["properties"][name] = {**description, "anyOf": [told, {"type": "null"}, {"const": ""}]}


class FoundingBody(BaseModel):
    """Their callers send more than is asked for (realmId …): names that are not known are passed over."""

    model_config = ConfigDict(strict=True, json_schema_extra=_tell_that_empty_is_absent)

    @model_validator(mode="before")
    @classmethod
    def _empty_means_absent(cls, given: Any) -> Any:
        """Their forms send "" and null for what was not filled in."""
        if not isinstance(given, dict):
            return given
        optional = _optional_names(cls)
        return {name: value for name, value in given.items() if not (name in optional and value in ("", None))}


def _day(raw: object, info: ValidationInfo) -> object:
    """Read a date as their front ends write it: ISO 8601, with or without a time, or day first."""
    if not isinstance(raw, str):
        return raw
    day_first = _DAY_FIRST.fullmatch(raw.strip())
    try:
        if day_first and not str(info.data.get("locale", "")).startswith("en"):
            return date(int(day_first[3]), int(day_first[2]), int(day_first[1]))
        return date.fromisoformat(raw) if len(raw) == _ISO_DATE_LENGTH else datetime.fromisoformat(raw).date()
    except ValueError:
        raise Violation("the date is not a day; write it as 2026-11-30") from None


def _locale(raw: str) -> str:
    locale_of(raw)
    return raw


Locale = Annotated[str, AfterValidator(_locale), Field(max_length=20)]
Day = Annotated[date | None, BeforeValidator(_day, json_schema_input_type=str | None)]
PhoneNumbers = Annotated[list[Annotated[str, Field(max_length=40)]], Field(min_length=1, max_length=MOST_NUMBERS)]
TemplateName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,512}$")]


class SendInvoice(FoundingBody):
    """S4.5, S4.6."""

    phoneNumbers: PhoneNumbers
    tenantName: Line
    invoicePeriod: Line
    currency: Currency = Field(default=DEFAULT_CURRENCY, validate_default=True)
    totalAmount: Any = Field(
        default=None,
        description="Decimal string or integer. Missing or not above 0: nothing is due, nothing is sent (S4.8).",
        json_schema_extra={"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]},
    )
    locale: Locale = DEFAULT_LOCALE
    templateName: TemplateName | None = None
    templateType: Literal[tuple(FOUNDING_STEPS)] | None = None  # type: ignore[valid-type]
    dueDate: Day = None
    daysOverdue: Annotated[int, Field(ge=0, le=36500)] | None = None
    invoiceUrl: Link | None = None
    organizationName: Line = DEFAULT_ORGANISATION


class SendMessage(FoundingBody):
    """S4.12."""

    phoneNumber: Annotated[str, Field(min_length=1, max_length=40)]
    message: Text
    recipientName: Line | None = None


class SendText(FoundingBody):
    """S2.2."""

    toPhone: Annotated[str, Field(min_length=1, max_length=40)]
    message: Text
    conversationId: Annotated[str, Field(max_length=100)] | None = Field(
        default=None, description="Taken and not needed: a conversation is found by its number."
    )


class TextAnswer(BaseModel):
    ok: bool
    messageId: str


class SendTemplate(FoundingBody):
    """S4.13."""

    phoneNumbers: PhoneNumbers
    templateName: TemplateName
    templateLanguage: Annotated[str, Field(max_length=20)] | None = None
    templateParameters: TemplateParameters = Field(default_factory=list)


class Result(BaseModel):
    phoneNumber: str
    success: bool
    method: Literal["api", "url"]
    messageId: str | None = None
    templateName: str | None = None
    whatsappURL: str | None = None
    apiError: str | None = None


class InvoiceSummary(BaseModel):
    total: int
    apiSuccess: int
    urlFallback: int


class InvoiceAnswer(BaseModel):
    """S4.7; with nothing due `results` is empty and `reason` says so (S4.8)."""

    success: bool
    templateName: str
    message: str
    tenantName: str
    results: list[Result]
    summary: InvoiceSummary
    messagePreview: str
    reason: str | None = None


class MessageAnswer(BaseModel):
    success: Literal[True]
    method: Literal["api"]
    messageId: str
    phoneNumber: str
    recipientName: str | None = None


class TemplateSummary(BaseModel):
    total: int
    success: int
    failed: int


class TemplateAnswer(BaseModel):
    success: bool
    templateName: str
    results: list[Result]
    summary: TemplateSummary


class StatusAnswer(BaseModel):
    """S4.3."""

    success: Literal[True]
    messageId: str
    status: str
    timestamp: str
    recipientId: str | None
    lastUpdated: str


class StatusEntry(BaseModel):
    messageId: str
    status: str
    timestamp: str
    recipientId: str | None
    lastUpdated: str
    messageType: str
    templateName: str | None


class StatusesAnswer(BaseModel):
    """S4.4."""

    success: Literal[True]
    count: int
    statuses: list[StatusEntry]


FAILURE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["success", "error"],
    "properties": {
        "success": {"const": False},
        "error": {"type": "string"},
        "note": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
