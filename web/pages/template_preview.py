"""How a template's text looks, with its places marked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from messaging.templates import body_text

_PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Preview:
    """The parts of a template as a customer sees them."""

    header: Markup
    body: Markup
    footer: str
    buttons: list[str]


def preview(definition: Mapping[str, Any]) -> Preview:
    """Return a template's parts; whatever Meta told is escaped."""
    parts = {str(part.get("type")).upper(): part for part in definition.get("components") or []}
    header = parts.get("HEADER", {})
    return Preview(
        header=_marked(str(header.get("text") or header.get("format") or "")),
        body=_marked(body_text(definition)),
        footer=str(parts.get("FOOTER", {}).get("text") or ""),
        buttons=[str(button.get("text") or "") for button in parts.get("BUTTONS", {}).get("buttons") or []],
    )


def _marked(text: str) -> Markup:
    return Markup(_PLACE.sub(r'<mark class="place">\1</mark>', str(escape(text))))
