"""From a request to what Meta is sent: checked against the tenant's templates, without the addressee."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from messaging.templates import ButtonValue, HeaderValue, check_parameters
from web.api.schemas.messages import Button, Header, TemplateToSend, TextToSend
from web.api.tenants import TenantConfig
from whatsapp import outgoing

Content = dict[str, Any]
NOBODY = "+0"
"""Stands for the addressee while a message is built; the worker puts in the real one."""
_NAME_IN_BRACES = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def template_content(config: TenantConfig, template: TemplateToSend) -> Content:
    """Return the content of a template message.

    Raises:
        Violation: the template is not known or not approved, or a value does not fit; `at` is below `template`.
    """
    definition = config.definition(template.name, template.language)
    check_parameters(definition, _header_value(template.header), template.body, _button_values(template.buttons))
    return assembled(
        template.name,
        template.language,
        header=_header(template.header, definition),
        body=template.body,
        buttons=[_button(button) for button in template.buttons],
    )


def text_content(text: TextToSend) -> Content:
    """Return the content of a text message."""
    return _without_addressee(outgoing.text_message(NOBODY, text.body, preview_url=text.preview_url))


def assembled(
    name: str,
    language: str,
    *,
    header: Content | None = None,
    body: Sequence[str] | Mapping[str, str] = (),
    buttons: Sequence[Content] = (),
) -> Content:
    """Return the content of a template message from values that were checked."""
    message = outgoing.template_message(NOBODY, name, language, header=header, body_parameters=body, buttons=buttons)
    return _without_addressee(message)


def _without_addressee(message: Content) -> Content:
    kind = message["type"]
    return {"type": kind, kind: message[kind]}


def _header_value(header: Header | None) -> HeaderValue | None:
    if header is None:
        return None
    if header.text is not None:
        return HeaderValue("text", header.text)
    return HeaderValue("document" if header.document else "image")


def _header(header: Header | None, definition: Mapping[str, Any] | None) -> Content | None:
    if header is None:
        return None
    if header.document is not None:
        return outgoing.document_header(header.document.link, header.document.filename)
    if header.image is not None:
        return outgoing.image_header(header.image.link)
    return outgoing.text_header(header.text or "", _header_name(definition))


def _header_name(definition: Mapping[str, Any] | None) -> str | None:
    """A template with named parameters names the one in its header, too."""
    if definition is None or definition.get("parameter_format") != "NAMED":
        return None
    texts = (part.get("text") or "" for part in definition["components"] if part.get("type") == "HEADER")
    found = _NAME_IN_BRACES.search(next(texts, ""))
    return found[1] if found else None


def _button_values(buttons: Sequence[Button]) -> list[ButtonValue]:
    return [
        ButtonValue(button.index, "url", button.url_suffix)
        if button.url_suffix is not None
        else ButtonValue(button.index, "quick_reply", button.payload or "")
        for button in buttons
    ]


def _button(button: Button) -> Content:
    if button.url_suffix is not None:
        return outgoing.url_button(button.index, button.url_suffix)
    return outgoing.quick_reply_button(button.index, button.payload or "")
