"""Contacts, rules, texts at hand and settings of conversations, as they are asked for and shown."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from messaging.attributes import LONGEST_NAME, check_attributes
from messaging.business_hours import parse_business_hours
from messaging.patterns import check_pattern
from messaging.violations import Violation
from web.api.pagination import DEFAULT_LIMIT, Cursor, Limit
from web.api.schemas.fields import DATE_TIME, UUID_FORMAT, Address, Body, Line, Query, Text

A_YEAR = 366 * 24 * 3600
Match = Literal["equals", "contains", "starts_with", "regex"]
During = Literal["always", "business_hours", "outside_business_hours"]
Word = Annotated[Line, Field(max_length=60)]
LONGEST_KEPT_DAYS = 36_500
Days = Annotated[int, Field(ge=1, le=LONGEST_KEPT_DAYS)]


class ContactQuery(Query):
    address: Address | None = Field(default=None, description="Phone number or BSUID; other forms of it count as well.")
    external_id: Annotated[str, Field(max_length=200)] | None = None
    cursor: Cursor | None = None
    limit: Limit = DEFAULT_LIMIT


class ContactChanges(Body):
    """What your own system knows; what is left out stays as it is."""

    display_name: Annotated[Line, Field(max_length=200)] | None = None
    external_id: Annotated[Line, Field(max_length=200)] | None = None
    attributes: dict[Annotated[str, Field(max_length=LONGEST_NAME)], str | int | float | bool | None] | None = None

    @model_validator(mode="after")
    def _within_bounds(self) -> Self:
        if not self.model_fields_set:
            raise Violation("give at least one of display_name, external_id, attributes")
        try:
            check_attributes(self.attributes or {})
        except Violation as violation:
            raise Violation(violation.detail, "attributes") from None
        return self


class ConsentWanted(Body):
    category: Literal["marketing", "utility"]
    act: Literal["stop", "start"]


class Said(BaseModel):
    act: Literal["stop", "start"]
    at: str = Field(json_schema_extra=DATE_TIME)


class ConsentShown(BaseModel):
    marketing: Said | None
    utility: Said | None


class Unreachable(BaseModel):
    code: int | None
    reason: str | None
    at: str = Field(json_schema_extra=DATE_TIME)


class LookupShown(BaseModel):
    state: Literal["waiting", "answered", "unknown", "failed"] = Field(
        description="unknown: your system knows nobody like that."
    )
    attributes: dict[str, Any] = Field(description="As your system answered.")
    problem: str | None = Field(description="Why the last attempt brought no answer.")
    answered_at: str | None = Field(json_schema_extra=DATE_TIME)


class ContactShown(BaseModel):
    id: str = Field(json_schema_extra=UUID_FORMAT)
    phone: str | None
    bsuid: str | None
    lid: str | None = Field(description="WhatsApp Web's alias; it is all that a gateway may know of somebody.")
    name: str | None = Field(description="As their WhatsApp profile says.")
    username: str | None
    display_name: str | None
    external_id: str | None
    attributes: dict[str, Any]
    lookup: LookupShown | None = Field(description="What your own system was asked; null: it was not.")
    consent: ConsentShown
    last_wrote_at: str | None
    unreachable: Unreachable | None
    created_at: str = Field(json_schema_extra=DATE_TIME)


class ContactList(BaseModel):
    data: list[ContactShown]
    next: str | None


class ConsentChangeShown(BaseModel):
    category: Literal["marketing", "utility"]
    act: Literal["stop", "start"]
    at: str = Field(json_schema_extra=DATE_TIME)
    source: Literal["word", "preference", "api"]


class ConsentHistory(BaseModel):
    data: list[ConsentChangeShown]
    next: str | None


class RuleWanted(Body):
    name: Line
    match: Match
    pattern: str
    answer: Text
    once_per_seconds: Annotated[int, Field(ge=0, le=A_YEAR)] = Field(
        default=0, description="A contact gets this answer once in so many seconds; 0: every time."
    )
    during: During = "always"
    is_active: bool = True
    position: Annotated[int, Field(ge=0, le=1_000_000)] | None = Field(
        default=None, description="Rules are asked in rising order; the first that fires answers. Absent: last."
    )

    @model_validator(mode="after")
    def _works(self) -> Self:
        check_pattern(self.match, self.pattern)
        return self


class RuleShown(BaseModel):
    id: str = Field(json_schema_extra=UUID_FORMAT)
    name: str
    match: Match
    pattern: str
    answer: str
    once_per_seconds: int
    during: During
    is_active: bool
    position: int
    created_at: str = Field(json_schema_extra=DATE_TIME)
    updated_at: str = Field(json_schema_extra=DATE_TIME)


class RuleList(BaseModel):
    data: list[RuleShown]
    next: str | None


class TrialWanted(Body):
    text: Text = Field(description="What a customer might write.")


class RuleVerdict(BaseModel):
    rule_id: str = Field(json_schema_extra=UUID_FORMAT)
    name: str
    fires: bool
    reason: str


class Trial(BaseModel):
    answered_by: str | None = Field(description="The rule that would answer.")
    answer: str | None
    word: Literal["stop", "start"] | None = Field(description="The text asks for no more messages, or for them again.")
    verdicts: list[RuleVerdict]


class CannedWanted(Body):
    shortcut: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")]
    text: Text


class CannedShown(BaseModel):
    id: str = Field(json_schema_extra=UUID_FORMAT)
    shortcut: str
    text: str
    created_at: str = Field(json_schema_extra=DATE_TIME)
    updated_at: str = Field(json_schema_extra=DATE_TIME)


class CannedList(BaseModel):
    data: list[CannedShown]
    next: str | None


class HoursWanted(Body):
    time_zone: Annotated[str, Field(max_length=60)]
    days: dict[str, Annotated[list[Annotated[list[str], Field(min_length=2, max_length=2)]], Field(max_length=10)]]

    @model_validator(mode="after")
    def _readable(self) -> Self:
        parse_business_hours(self.time_zone, self.days)
        return self


class ConversationSettings(Body):
    """All settings of conversations; what is left out takes its default."""

    languages: Annotated[
        list[Annotated[str, Field(pattern=r"^[a-z]{2,3}([_-][A-Za-z0-9]{2,8})?$")]], Field(max_length=20)
    ] = Field(default=["es", "en"], description="Whose usual STOP and START words count.")
    stop_words: Annotated[list[Word], Field(max_length=100)] = Field(default_factory=list)
    start_words: Annotated[list[Word], Field(max_length=100)] = Field(default_factory=list)
    stop_confirmation: Text | None = None
    start_confirmation: Text | None = None
    business_hours: HoursWanted | None = None
    messages_days: Days | None = Field(
        default=None, description="The content of messages, and notes, are kept so long; null: for good."
    )
    media_days: Days | None = Field(default=None, description="So are files; null: as long as messages.")
    events_days: Days | None = Field(default=None, description="So are entries of /v1/events; null: for good.")
