"""Invoices and quotes, as they are asked for and shown."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from web.api.schemas.fields import Amount, Body, Currency, Line, Link, Number, Phone, Status

TemplateName = Annotated[
    str, Field(pattern=r"^[a-z0-9_]{1,512}$", description="Another template than the configured one.")
]
Language = Annotated[
    str, Field(pattern=r"^[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*$", max_length=20, description="Of the template.")
]


class Customer(Body):
    name: Line
    phone: Phone


class DocumentRequest(Body):
    """A document to deliver; `number` is the key under which it goes out once."""

    number: Number
    customer: Customer
    currency: Currency
    amount: Amount
    period: Line | None = None
    link: Link
    document_url: Link | None = Field(default=None, description="A PDF, for templates with a document header.")
    template: TemplateName | None = None
    language: Language | None = None


class InvoiceRequest(DocumentRequest):
    due_date: date | None = None


class QuoteRequest(DocumentRequest):
    valid_until: date | None = None


class CustomerShown(BaseModel):
    name: str


class DocumentMessage(BaseModel):
    id: str = Field(json_schema_extra={"format": "uuid"})
    to: str | None
    status: Status


class DocumentShown(BaseModel):
    id: str = Field(json_schema_extra={"format": "uuid"})
    kind: Literal["invoice", "quote"]
    number: str
    customer: CustomerShown
    amount: str
    currency: str
    period: str | None
    due_date: str | None = Field(json_schema_extra={"format": "date"})
    valid_until: str | None = Field(json_schema_extra={"format": "date"})
    link: str | None
    document_url: str | None
    created_at: str = Field(json_schema_extra={"format": "date-time"})
    messages: list[DocumentMessage]


class DocumentRepeated(DocumentShown):
    """The first document of this number; nothing was sent again."""

    differs: list[str] = Field(default_factory=list, description="What was asked for now and differs from the first.")


class NothingDue(BaseModel):
    """Nothing is owed, so nothing is stored or sent."""

    id: None
    kind: Literal["invoice", "quote"]
    number: str
    messages: list[DocumentMessage] = Field(max_length=0)
    reason: Literal["No balance due"]
