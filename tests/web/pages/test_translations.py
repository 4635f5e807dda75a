"""Every sentence of the pages is said in every language."""

import re

import pytest
from babel.messages.pofile import read_po
from flask import Flask
from sqlalchemy import Engine

from messaging.people import LANGUAGES
from messaging.sentences import Sentence, say
from tests.web.api.world import change
from tests.web.people.browser import Browser
from tests.web.people.conftest import PASSWORD, Person
from web.pages.translations import messages
from web.people.language import SOURCE_LANGUAGE, catalogue_file

TRANSLATED = [language for language in LANGUAGES if language != SOURCE_LANGUAGE]
PLACE = re.compile(r"\{\w+\}|%\(\w+\)[sd]")
HOW = "run `python -m web.pages.translations`, then translate what is empty"


def forms(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_catalogue_has_all_that_the_pages_say_and_nothing_else(language: str) -> None:
    with catalogue_file(language).open("rb") as source:
        catalogue = read_po(source, locale=language)
    said = {message.id: forms(message.string) for message in catalogue if message.id}
    assert set(said) == {message.id for message in messages() if message.id}, HOW
    assert [message for message, texts in said.items() if not all(texts)] == [], HOW
    assert not any(message.fuzzy for message in catalogue if message.id)


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_places_of_its_original(language: str) -> None:
    with catalogue_file(language).open("rb") as source:
        for message in read_po(source, locale=language):
            wanted = {tuple(sorted(PLACE.findall(text))) for text in forms(message.id)}
            assert {tuple(sorted(PLACE.findall(text))) for text in forms(message.string)} == wanted, message.id


def test_a_sentence_is_translated_with_what_stands_in_it() -> None:
    words = {"{count} days ago": "hace {count} días", "It came {ago}, by {ways}.": "Llegó {ago}, por {ways}."}
    sentence = Sentence("It came {ago}, by {ways}.", ago=Sentence("{count} days ago", count=2), ways=("a", "b"))
    assert sentence == "It came 2 days ago, by a, b."
    assert say(sentence, lambda text: words.get(text, text)) == "Llegó hace 2 días, por a, b."


@pytest.mark.parametrize(("language", "word"), [("en", "API keys"), ("es", "Claves de API")])
def test_a_person_is_spoken_to_in_the_language_they_chose(
    browser: Browser, engine: Engine, ana: Person, language: str, word: str
) -> None:
    change(engine, "UPDATE users SET language = :language", language=language)
    browser.log_in("ana", PASSWORD)
    page = browser.get("/settings/keys").text
    assert f'<html lang="{language}"' in page
    assert f'<h1 class="page-title">{word}</h1>' in page


def test_before_the_login_the_browser_s_language_counts(pages: Flask) -> None:
    for given, word in (("es-DO,es;q=0.9", "Iniciar sesión"), ("fr,en;q=0.5", "Log in"), ("", "Log in")):
        assert word in pages.test_client().get("/login", headers={"Accept-Language": given}).text
