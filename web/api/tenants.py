"""A tenant's configuration as a send needs it: channel, known templates, templates of its documents."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from db.queries import templates
from db.queries.channels import SendingChannel, named_channel, sending_channel
from db.queries.templates import KnownTemplate
from messaging.parameters import DEFAULT_TEMPLATES, DocumentTemplate
from messaging.violations import Violation
from web.api.database import Database
from web.api.problems import Problem
from web.api.ttl_cache import TtlCache

CACHE_SECONDS = 5.0
"""How long a change in the settings may go unnoticed; twice this at the worst."""
MOST_TENANTS = 1_000
SENDABLE = "APPROVED"
"""Meta: Template status; no other can be sent."""
MOST_NAMED = 10
"""Names listed in a refusal."""


@dataclass(frozen=True, slots=True)
class TenantConfig:
    """What a tenant sends from and with."""

    channel: SendingChannel | None
    templates: Mapping[tuple[str, str], KnownTemplate]
    document_templates: Mapping[tuple[str, str], DocumentTemplate]

    def sending_channel(self) -> SendingChannel:
        """Return the channel to send from.

        Raises:
            Problem: there is none, or it is switched off.
        """
        if self.channel is None:
            raise Problem(409, "channel_missing", "No WhatsApp number is connected; connect one in the settings.")
        if not self.channel.is_active:
            raise Problem(409, "channel_inactive", "The WhatsApp number is switched off; switch it on in the settings.")
        return self.channel

    def definition(self, name: str, language: str) -> Mapping[str, Any] | None:
        """Return Meta's definition of a template; None when no templates were ever synchronised.

        Raises:
            Violation: `at` "name" or "language": it is not known, or not approved.
        """
        if self.channel is not None and self.channel.is_gateway:
            raise Violation("a session of a WhatsApp Web gateway has no templates; send a text", "name")
        if not self.templates:
            return None
        known = self.templates.get((name, language))
        if known is None:
            raise self._unknown(name)
        if known.status != SENDABLE:
            raise Violation(f"the template is not approved by Meta; its status is {known.status}", "name")
        return known.definition

    def document_template(self, kind: str, step: str) -> DocumentTemplate:
        """Return the configured template of a document kind and step, else the founding one."""
        configured = self.document_templates.get((kind, step))
        return configured or DEFAULT_TEMPLATES[kind, step]

    def _unknown(self, name: str) -> Violation:
        languages = sorted(known.language for known in self.templates.values() if known.name == name)
        if languages:
            return Violation(
                f"the template is not approved in this language, but in {', '.join(languages)}", "language"
            )
        names = sorted({known.name for known in self.templates.values()})
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        return Violation(f"there is no such template; there are {', '.join(names[:MOST_NAMED])}{more}", "name")


class TenantConfigs:
    """Configurations of one process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: TtlCache[UUID, TenantConfig] = TtlCache(CACHE_SECONDS, MOST_TENANTS)

    def of(self, tenant_id: UUID) -> TenantConfig:
        """Return a tenant's configuration."""
        found = self._known.get(tenant_id, self._load)
        assert found is not None, "_load always returns one"
        return found

    def forget(self, tenant_id: UUID) -> None:
        """Notice at once what this process changed of a tenant's configuration."""
        self._known.forget(tenant_id)

    def of_channel(self, tenant_id: UUID, channel_id: UUID) -> TenantConfig | None:
        """Return the configuration of one of a tenant's channels; None when it has none such."""
        with self._database.connect() as connection:
            channel = named_channel(connection, tenant_id, channel_id)
            if channel is None:
                return None
            known = templates.known_templates(connection, channel.id)
            return TenantConfig(channel, known, templates.document_templates(connection, tenant_id))

    def _load(self, tenant_id: UUID) -> TenantConfig:
        with self._database.connect() as connection:
            channel = sending_channel(connection, tenant_id)
            known = templates.known_templates(connection, channel.id) if channel else {}
            return TenantConfig(channel, known, templates.document_templates(connection, tenant_id))
