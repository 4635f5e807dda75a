"""Tenants with their keys, channels and templates, as a test needs them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Connection, Engine, text
from werkzeug.test import Client, TestResponse

from db.api_keys import ALL_SCOPES, digest_of, new_key, prefix_of
from db.ids import new_id
from db.models import ApiKey, Channel, Contact, Conversation, Pacing, Template, Tenant
from db.queries import media_files
from db.queries.media_files import UploadedFile
from tests.web.api.requests import FOUNDING_PHONE, OTHER_PHONE, PHONE

INVOICE_TEXT = (
    "Hola {{1}}, su factura de {{2}} está lista. Monto: {{3}}. Vence: {{4}}. Puede verla en {{5}} cuando guste."
)
BODY = {"type": "BODY", "text": INVOICE_TEXT}
PDF_HEADER = {"type": "HEADER", "format": "DOCUMENT"}
PAY_BUTTON = {
    "type": "BUTTONS",
    "buttons": [{"type": "URL", "text": "Pagar", "url": "https://pay.example.com/i/{{1}}"}],
}
TEMPLATES: dict[str, list[dict[str, Any]]] = {
    "invoice": [BODY],
    "quote": [{"type": "BODY", "text": "Hola {{1}}, cotización {{2}}: {{3}}, válida hasta {{4}}. Véala en {{5}} hoy."}],
    "invoice_pdf": [PDF_HEADER, BODY],
    "invoice_button": [{"type": "BODY", "text": "Hola {{1}}: {{2}}, {{3}}, vence {{4}}."}, PAY_BUTTON],
    "rentcall_reminder": [{"type": "BODY", "text": "{{1}} {{2}} {{3}} {{4}} {{5}} {{6}} fin"}],
    "hello_world": [{"type": "BODY", "text": "Bienvenido."}],
}


@dataclass(frozen=True, slots=True)
class Business:
    """A tenant that calls the API."""

    tenant_id: UUID
    channel_id: UUID | None
    key: str


def add_business(connection: Connection, slug: str, *, channel: bool = True, templates: bool = True) -> Business:
    """Store a tenant with a key of all scopes, a channel, approved Spanish templates, and a customer who wrote just now:
    the one that requests.PHONE is the number of."""
    tenant_id = new_id()
    connection.execute(Tenant.__table__.insert().values(id=tenant_id, slug=slug, name=slug))
    channel_id = add_channel(connection, tenant_id) if channel else None
    if channel_id and templates:
        for name in TEMPLATES:
            add_template(connection, tenant_id, channel_id, name)
    if channel_id:
        for phone in (PHONE, OTHER_PHONE, FOUNDING_PHONE):
            open_window(connection, tenant_id, channel_id, phone)
    return Business(tenant_id, channel_id, add_key(connection, tenant_id, ALL_SCOPES))


def open_window(connection: Connection, tenant_id: UUID, channel_id: UUID, phone: str) -> UUID:
    """Let a customer have written a minute ago; return the conversation."""
    contact = {"id": new_id(), "tenant_id": tenant_id, "phone": phone, "phone_key": phone}
    connection.execute(Contact.__table__.insert().values(contact))
    wrote_at = datetime.now(UTC) - timedelta(minutes=1)
    thread = {
        "id": new_id(),
        "tenant_id": tenant_id,
        "channel_id": channel_id,
        "contact_id": contact["id"],
        "window_closes_at": wrote_at + timedelta(hours=24),
        "last_message_at": wrote_at,
    }
    connection.execute(Conversation.__table__.insert().values(thread))
    return thread["id"]


def add_file(connection: Connection, business: Business, filename: str = "pago.pdf") -> UUID:
    """Store an upload whose bytes lie nowhere; return its id."""
    file = UploadedFile(
        id=new_id(),
        tenant_id=business.tenant_id,
        channel_id=cast(UUID, business.channel_id),
        type="document",
        meta_id="1234",
        meta_id_expires_at=datetime.now(UTC) + timedelta(days=30),
        mime_type="application/pdf",
        served_type="application/pdf",
        filename=filename,
        sha256="0" * 64,
        size=1,
        path="nowhere",
    )
    media_files.add_uploaded(connection, file)
    return file.id


def add_key(connection: Connection, tenant_id: UUID, scopes: tuple[str, ...] = ("send", "read"), **columns: Any) -> str:
    """Store an API key and return it."""
    key = new_key()
    values = {
        "id": new_id(),
        "tenant_id": tenant_id,
        "name": "test",
        "prefix": prefix_of(key),
        "digest": digest_of(key),
        "scopes": list(scopes),
    }
    connection.execute(ApiKey.__table__.insert().values({**values, **columns}))
    return key


def add_channel(connection: Connection, tenant_id: UUID) -> UUID:
    """Store an active channel."""
    channel_id = new_id()
    values = {"id": channel_id, "tenant_id": tenant_id, "phone_number_id": channel_id.hex, "access_token": "sealed"}
    connection.execute(Channel.__table__.insert().values(values))
    connection.execute(Pacing.__table__.insert().values(channel_id=channel_id))
    return channel_id


def add_template(
    connection: Connection,
    tenant_id: UUID,
    channel_id: UUID,
    name: str,
    *,
    language: str = "es",
    status: str = "APPROVED",
    components: list[dict[str, Any]] | None = None,
    parameter_format: str = "POSITIONAL",
) -> None:
    """Store a template as the synchronisation would."""
    definition = {
        "name": name,
        "language": language,
        "status": status,
        "parameter_format": parameter_format,
        "components": components or TEMPLATES[name],
    }
    values = {
        "id": new_id(),
        "tenant_id": tenant_id,
        "channel_id": channel_id,
        "name": name,
        "language": language,
        "status": status,
        "definition": definition,
    }
    connection.execute(Template.__table__.insert().values(values))


@dataclass(frozen=True, slots=True)
class Caller:
    """A test client with an API key."""

    client: Client
    key: str

    def get(self, path: str, **options: Any) -> TestResponse:
        """GET with the key."""
        return self.client.get(path, headers=self._headers(options), **options)

    def post(self, path: str, body: Mapping[str, Any] | None = None, **options: Any) -> TestResponse:
        """POST a JSON body with the key."""
        headers = self._headers(options)
        if body is None:
            return self.client.post(path, headers=headers, **options)
        return self.client.post(path, json=body, headers=headers, **options)

    def patch(self, path: str, body: Mapping[str, Any], **options: Any) -> TestResponse:
        """PATCH with a JSON body and the key."""
        return self.client.patch(path, json=body, headers=self._headers(options), **options)

    def delete(self, path: str, **options: Any) -> TestResponse:
        """DELETE with the key."""
        return self.client.delete(path, headers=self._headers(options), **options)

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> TestResponse:
        """Any method, with the key and, when there is one, a JSON body."""
        return self.client.open(path, method=method, json=body, headers=self._headers({}))

    def ids_on_pages(self, path: str, limit: int) -> list[str]:
        """The ids of a whole list, read page by page of `limit`."""
        seen: list[str] = []
        cursor = ""
        while True:
            page = self.get(f"{path}?limit={limit}{cursor}").json
            seen += [one["id"] for one in page["data"]]
            if page["next"] is None:
                return seen
            cursor = f"&cursor={page['next']}"

    def _headers(self, options: dict[str, Any]) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}", **options.pop("headers", {})}


def count(engine: Engine, table: str) -> int:
    """Return how many rows a table has."""
    with engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def rows(engine: Engine, query: str, **values: Any) -> list[Any]:
    """Return the rows of a query."""
    with engine.connect() as connection:
        return list(connection.execute(text(query), values))


def change(engine: Engine, statement: str, **values: Any) -> None:
    """Run a statement and commit."""
    with engine.begin() as connection:
        connection.execute(text(statement), values)


def pointers(answer: TestResponse) -> list[str]:
    """Return what a refusal points at."""
    return [one["pointer"] for one in answer.json["errors"]]
