"""The message that carries an invoice or quote: template, parameters, PDF header and URL button."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from messaging.documents import DocumentFacts
from messaging.links import button_suffix
from messaging.parameters import assemble
from messaging.templates import ButtonValue, HeaderValue, check_body, check_buttons, check_header, dynamic_url_buttons
from messaging.violations import Violation
from web.api.contents import Content, assembled
from web.api.tenants import TenantConfig
from whatsapp import outgoing

Definition = Mapping[str, Any] | None
Body = Sequence[str] | Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How a document shall go out; None: as it is configured."""

    kind: str
    step: str
    template: str | None = None
    language: str | None = None
    written_in: str | None = None
    """Locale of dates and amounts; None: the template's language."""
    document_url: str | None = None


def document_content(config: TenantConfig, wanted: Wanted, facts: DocumentFacts) -> Content:
    """Return the content of the message for a document.

    Raises:
        Violation: `at` is the fact to blame (customer_name, link …), or name, language, header, body, buttons.
    """
    configured = config.document_template(wanted.kind, wanted.step)
    name, language = wanted.template or configured.name, wanted.language or configured.language
    definition = config.definition(name, language)
    body = _body(definition, configured.order, facts, wanted.written_in or language)
    header = _header(definition, wanted, facts)
    suffixes = _suffixes(definition, facts.link)
    check_header(definition, HeaderValue("document") if header else None)
    check_body(definition, body)
    check_buttons(definition, [ButtonValue(index, "url", suffix) for index, suffix in suffixes])
    buttons = [outgoing.url_button(index, suffix) for index, suffix in suffixes]
    return assembled(name, language, header=header, body=body, buttons=buttons)


def _body(definition: Definition, order: Sequence[str], facts: DocumentFacts, written_in: str) -> Body:
    """A link that a button opens need not be told in the text as well."""
    body = _parameters(definition, order, facts, written_in)
    if definition is None or not dynamic_url_buttons(definition) or "link" not in order or _fits(definition, body):
        return body
    return _parameters(definition, [name for name in order if name != "link"], facts, written_in)


def _parameters(definition: Definition, order: Sequence[str], facts: DocumentFacts, written_in: str) -> Body:
    texts = assemble(order, facts, written_in)
    is_named = definition is not None and definition.get("parameter_format") == "NAMED"
    return dict(zip(order, texts, strict=True)) if is_named else texts


def _fits(definition: Definition, body: Body) -> bool:
    try:
        check_body(definition, body)
    except Violation:
        return False
    return True


def _header(definition: Definition, wanted: Wanted, facts: DocumentFacts) -> Content | None:
    if wanted.document_url is None:
        return None
    if definition is not None and not _takes_document(definition):
        raise Violation("the template has no document header, so the document would not be sent", "header")
    return outgoing.document_header(wanted.document_url, f"{facts.number or 'document'}.pdf")


def _takes_document(definition: Mapping[str, Any]) -> bool:
    headers = (part for part in definition.get("components") or () if part.get("type") == "HEADER")
    return any(part.get("format") == "DOCUMENT" for part in headers)


def _suffixes(definition: Definition, link: str | None) -> list[tuple[int, str]]:
    if definition is None:
        return []
    buttons = dynamic_url_buttons(definition)
    if buttons and link is None:
        raise Violation("the template's button needs the link", "link")
    return [(index, _suffix(link or "", registered)) for index, registered in buttons]


def _suffix(link: str, registered: str) -> str:
    try:
        return button_suffix(link, registered)
    except Violation as violation:
        raise Violation(violation.detail, "link") from violation
