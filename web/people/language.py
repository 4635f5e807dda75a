"""In which language a page speaks: the person's own, else what the browser asks for.

Catalogues are read from their sources (.po) when they are first needed: nothing has to be compiled before a start, and
nothing compiled can be older than its source.
"""

from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, g, request

from messaging.people import LANGUAGES
from messaging.sentences import say
from web.people.sessions import current_user

CATALOGUES: Final = Path(__file__).parents[1] / "pages" / "translations"
SOURCE_LANGUAGE: Final = "en"
"""What templates and sentences are written in: it needs no catalogue."""
DOMAIN: Final = "messages"
LANGUAGE_NAMES: Final = {"en": "English", "es": "Español"}
"""Each in itself."""


def install_language(app: Flask) -> None:
    """Let templates speak: `_`, `ngettext` and the filter `said`."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.filters["said"] = said


def language() -> str:
    """Return the language of the page at hand."""
    if "language" not in g:
        user = current_user()
        g.language = user.language if user else language_of_browser()
    return str(g.language)


def language_of_browser() -> str:
    """Return the language that the browser likes best of ours."""
    return request.accept_languages.best_match(LANGUAGES, SOURCE_LANGUAGE)


def speak(wanted: str) -> None:
    """Let the page at hand speak a language.

    Args:
        wanted: one of messaging.people.LANGUAGES.
    """
    g.language = wanted


def gettext(text: str) -> str:
    """Return a text of ours in the page's language."""
    return catalogue(language()).ugettext(text) if text else ""


def ngettext(singular: str, plural: str, number: int) -> str:
    """Return the form of a text that goes with a number, in the page's language."""
    return catalogue(language()).ungettext(singular, plural, number)


def said(text: object) -> str:
    """Return a sentence, or the detail of a refusal, as a whole sentence in the page's language."""
    spoken = say(text, gettext).strip()
    if not spoken:
        return ""
    return f"{spoken[0].upper()}{spoken[1:]}{'' if spoken[-1] in '.!?:”' else '.'}"


@lru_cache
def catalogue(wanted: str) -> NullTranslations:
    """Return the translations of a language."""
    if wanted == SOURCE_LANGUAGE:
        return NullTranslations()
    compiled = BytesIO()
    with catalogue_file(wanted).open("rb") as source:
        write_mo(compiled, read_po(source, locale=wanted, domain=DOMAIN))
    compiled.seek(0)
    return Translations(compiled, DOMAIN)


def catalogue_file(wanted: str) -> Path:
    """Return where a language's catalogue is."""
    return CATALOGUES / wanted / "LC_MESSAGES" / f"{DOMAIN}.po"
