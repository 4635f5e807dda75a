"""Consent: what a contact does not want to get, by their own word or by Meta's; marketing and utility apart.

Changes arrive late, twice and in any order, so consent is the latest change per category, whatever came when.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Category = Literal["marketing", "utility"]
Act = Literal["stop", "start"]

CATEGORIES: tuple[Category, ...] = ("marketing", "utility")

# Words per language, whole messages only: "stop" ends it, "when does the rent stop" does not. Words of everyday
# answers (es "cancelar", "no"; pt "parar" as in "parar por aqui" is whole-message safe) are left to each tenant.
STOP_WORDS: Mapping[str, tuple[str, ...]] = {
    "en": ("stop", "stop all", "stopall", "unsubscribe", "opt out", "optout"),
    "es": ("alto", "baja", "parar", "darme de baja", "dar de baja", "no enviar más"),
    "pt": ("parar", "pare", "sair", "descadastrar"),
    "fr": ("arrêt", "arrêter", "désinscription", "se désabonner"),
    "de": ("stopp", "abmelden", "abbestellen"),
    "it": ("ferma", "disiscrivimi"),
}
START_WORDS: Mapping[str, tuple[str, ...]] = {
    "en": ("start", "unstop", "subscribe", "opt in", "optin"),
    "es": ("alta", "iniciar", "reanudar", "darme de alta"),
    "pt": ("iniciar", "retomar", "cadastrar"),
    "fr": ("reprendre", "démarrer", "inscription"),
    "de": ("starten", "anmelden"),
    "it": ("inizia", "riprendi"),
}

# Ends of a word that people type along: "STOP!", "¡alto!", "«baja».", "*stop*" and emoji.
_KEPT_CATEGORIES = ("L", "N")

PREFERENCE_ACTS: Mapping[str, Act] = {"stop": "stop", "resume": "start", "signup": "start"}
"""Meta's words for a choice made in WhatsApp itself (Meta: user_preferences webhook); it is about marketing only."""


@dataclass(frozen=True, slots=True)
class Change:
    """One word of a contact, or of Meta about them."""

    category: Category
    act: Act
    at: datetime


@dataclass(frozen=True, slots=True)
class Consent:
    """The latest change of each category; None: never any, which allows what the business may send anyhow."""

    marketing: Change | None = None
    utility: Change | None = None

    def stopped_at(self, category: Category) -> datetime | None:
        """Return since when the category is not wanted, None when it is."""
        change = self.marketing if category == "marketing" else self.utility
        return change.at if change is not None and change.act == "stop" else None


class Words:
    """The words of one tenant: its own, and those of the languages it speaks.

    Args:
        languages: codes such as "es" or "es_DO"; others than those of the tables are ignored.
        stop, start: the tenant's own words; they count in every language.
    """

    def __init__(self, languages: Iterable[str], stop: Iterable[str] = (), start: Iterable[str] = ()) -> None:
        bases = {language.replace("-", "_").partition("_")[0] for language in languages}
        stops = [*stop, *(word for base in sorted(bases) for word in STOP_WORDS.get(base, ()))]
        starts = [*start, *(word for base in sorted(bases) for word in START_WORDS.get(base, ()))]
        self._acts: dict[str, Act] = {
            **{canonical: "start" for word in starts if (canonical := _canonical(word))},
            **{canonical: "stop" for word in stops if (canonical := _canonical(word))},
        }

    def act_of(self, text: str | None) -> Act | None:
        """Return what a message asks for when the whole of it is one of the words; a word of both lists stops."""
        return self._acts.get(_canonical(text or ""))


def changes_of_word(act: Act, at: datetime) -> tuple[Change, ...]:
    """Return what a STOP or START word changes: everything."""
    return tuple(Change(category, act, at) for category in CATEGORIES)


def change_of_preference(category: str, value: str, at: datetime) -> Change | None:
    """Return the change that Meta's `user_preferences` tells, None for categories and values that are not known."""
    act = PREFERENCE_ACTS.get(value)
    if category != "marketing_messages" or act is None:
        return None
    return Change("marketing", act, at)


def fold(consent: Consent, changes: Iterable[Change]) -> Consent:
    """Return consent after changes in any order, however often they repeat; of one time, the stop counts."""
    latest: dict[str, Change | None] = {"marketing": consent.marketing, "utility": consent.utility}
    for change in changes:
        known = latest[change.category]
        if known is None or _weight(change) > _weight(known):
            latest[change.category] = change
    return Consent(**latest)


def refusal(consent: Consent, template_category: str | None, last_wrote_at: datetime | None) -> str | None:
    """Return why a message must not be sent to a contact, None when it may.

    Args:
        consent: of the contact.
        template_category: MARKETING, UTILITY or AUTHENTICATION; None for free text, which answers what the contact
            wrote. An unknown category of a template counts as UTILITY.
        last_wrote_at: when the contact last wrote anything but a STOP word; whoever writes again wants an answer.
    """
    match (template_category or "").upper():
        case "AUTHENTICATION":
            return None
        case "MARKETING":
            stopped = consent.stopped_at("marketing")
            return "the contact does not want marketing; send it no promotional template" if stopped else None
    stopped = consent.stopped_at("utility")
    if stopped is None:
        return None
    if template_category is None and last_wrote_at is not None and last_wrote_at > stopped:
        return None
    return "the contact asked for no more messages (STOP); they get them again after writing START"


def _canonical(text: str) -> str:
    """Case, accents, width, surplus spaces and signs at the ends do not count."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    words = "".join(character if _is_word(character) else " " for character in plain)
    return " ".join(words.split())


def _is_word(character: str) -> bool:
    return unicodedata.category(character)[0] in _KEPT_CATEGORIES


def _weight(change: Change) -> tuple[datetime, bool]:
    return change.at, change.act == "stop"
