"""Sentences for people that can be said in other languages too."""

from collections.abc import Callable
from typing import Any


class Sentence(str):
    """A sentence in English that still knows what it was made of.

    Args:
        template: with places such as {days}; what catalogues translate. Written out, as it is also looked for in the
            source.
        values: for the places; a sentence among them is translated too, a tuple becomes a list with commas.
    """

    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, **values: Any) -> "Sentence":
        made = super().__new__(cls, _written(template, values, str))
        made.template, made.values = template, values
        return made


def say(text: object, translate: Callable[[str], str]) -> str:
    """Return a text in another language.

    Args:
        text: a Sentence, a tuple of texts, or anything else, which stays as it is.
        translate: from English templates to those of the language.
    """
    if isinstance(text, Sentence):
        return _written(translate(text.template), text.values, lambda value: say(value, translate))
    if isinstance(text, tuple):
        return ", ".join(say(part, translate) for part in text)
    return str(text)


def packed(text: object) -> Any:
    """Return a text as JSON from which `unpacked` makes it again, translatable as before."""
    if isinstance(text, Sentence):
        return {"template": text.template, "values": {name: packed(value) for name, value in text.values.items()}}
    if isinstance(text, tuple):
        return [packed(part) for part in text]
    return text if isinstance(text, int) else str(text)


def unpacked(kept: Any) -> Any:
    """Return the text that `packed` was given."""
    if isinstance(kept, dict):
        return Sentence(kept["template"], **{name: unpacked(value) for name, value in kept["values"].items()})
    return tuple(unpacked(part) for part in kept) if isinstance(kept, list) else kept


def _written(template: str, values: dict[str, Any], write: Callable[[Any], str]) -> str:
    if not values:
        return template
    listed = {
        name: ", ".join(map(write, value)) if isinstance(value, tuple) else value for name, value in values.items()
    }
    return template.format(**{name: write(value) for name, value in listed.items()})
