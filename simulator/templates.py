"""The WABA's templates: the approved ones it starts with, and look-up by name and language."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, Final

from simulator.bad_control import BadControl, refuse_unknown_keys

Template = dict[str, Any]

BODIES: Final[Mapping[tuple[str, str], str]] = {
    ("invoice", "en"): "Hello {{1}}, your invoice for {{2}} is ready. Amount: {{3}}. Due date: {{4}}. "
    "You can see it at {{5}} at any time.",
    ("invoice", "es"): "Hola {{1}}, su factura de {{2}} está lista. Monto: {{3}}. Vence el {{4}}. "
    "Puede verla en {{5}} cuando guste.",
    ("quote", "en"): "Hello {{1}}, here is your quote {{2}}. Total: {{3}}. Valid until {{4}}. "
    "You can see it at {{5}} at any time.",
    ("quote", "es"): "Hola {{1}}, aquí está su cotización {{2}}. Total: {{3}}. Válida hasta {{4}}. "
    "Puede verla en {{5}} cuando guste.",
    ("hello_world", "en"): "Welcome. This message shows that the connection works.",
    ("hello_world", "es"): "Bienvenido. Este mensaje muestra que la conexión funciona.",
}
EXAMPLE: Final = ["Ana Peña", "2026-11", "RD$ 1,500.00", "2026-11-30", "https://pay.example.com/i/8Xk2"]
DOCUMENT_HEADER: Final = {"type": "HEADER", "format": "DOCUMENT"}
BUTTON_TEXT: Final = {"en": "Pay", "es": "Pagar"}
BUTTON_URL: Final = "https://pay.example.com/i/{{1}}"

STATUSES: Final = (
    "APPROVED", "ARCHIVED", "DISABLED", "IN_APPEAL", "PAUSED", "PENDING", "PENDING_DELETION", "REJECTED",
)  # fmt: skip
KEYS: Final = ("name", "language", "status", "category", "parameter_format", "components")


class Templates:
    """Templates of the WABA, keyed by (name, language code)."""

    def __init__(self) -> None:
        self._ids = itertools.count(1_194_000_000_000_001)
        self._templates: dict[tuple[str, str], Template] = {}
        for template in seeds():
            self._add(template)

    def __iter__(self) -> Iterator[Template]:
        return iter(self._templates.values())

    def find(self, name: str, language: str) -> Template | None:
        """The template in exactly this language, whatever its status."""
        return self._templates.get((name, language))

    def put(self, wanted: Mapping[str, Any]) -> tuple[Template, bool]:
        """Change an existing template, or add a new one; returns it and whether its status changed.

        Raises BadControl for unknown keys, an unknown status, or a new template without components.
        """
        refuse_unknown_keys(wanted, KEYS)
        if wanted.get("status", "APPROVED") not in STATUSES:
            raise BadControl("unknown status", STATUSES)
        if not isinstance(wanted.get("name"), str) or not isinstance(wanted.get("language"), str):
            raise BadControl("name and language are required")
        known = self.find(wanted["name"], wanted["language"])
        if known is None:
            return self._create(wanted), True
        before = known["status"]
        known.update(wanted)
        return known, known["status"] != before

    def _create(self, wanted: Mapping[str, Any]) -> Template:
        if not isinstance(wanted.get("components"), list):
            raise BadControl("a new template needs components")
        return self._add({"status": "APPROVED", "category": "UTILITY", "parameter_format": "POSITIONAL", **wanted})

    def _add(self, template: Template) -> Template:
        stored = {"id": str(next(self._ids)), **template}
        self._templates[template["name"], template["language"]] = stored
        return stored


def seeds() -> Iterator[Template]:
    """The approved templates of a fresh WABA, in English and Spanish."""
    for (name, language), text in BODIES.items():
        body = _body(text)
        yield _approved(name, language, [body])
        if name == "invoice":
            yield _approved("invoice_pdf", language, [DOCUMENT_HEADER, body])
            yield _approved("invoice_button", language, [body, _url_button(language)])


def _approved(name: str, language: str, components: list[dict[str, Any]]) -> Template:
    return {
        "name": name,
        "language": language,
        "status": "APPROVED",
        "category": "UTILITY",
        "parameter_format": "POSITIONAL",
        "components": components,
    }


def _body(text: str) -> dict[str, Any]:
    body: dict[str, Any] = {"type": "BODY", "text": text}
    if "{{" in text:
        body["example"] = {"body_text": [EXAMPLE]}
    return body


def _url_button(language: str) -> dict[str, Any]:
    button = {
        "type": "URL",
        "text": BUTTON_TEXT[language],
        "url": BUTTON_URL,
        "example": ["https://pay.example.com/i/8Xk2"],
    }
    return {"type": "BUTTONS", "buttons": [button]}
