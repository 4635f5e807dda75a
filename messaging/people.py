"""What people and tenants may be called, which roles there are, and what a password must be."""

import re
import unicodedata
from typing import Final

from messaging.sentences import Sentence
from messaging.violations import Violation

ROLES: Final = ("owner", "operator", "viewer")
"""From the one that may do everything to the one that only looks."""
LANGUAGES: Final = ("en", "es")
SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 256
"""Characters; hashing a longer text would only cost time."""
LONGEST_LOGIN: Final = 254
"""RFC 5321 allows no longer e-mail address, which a login may be."""
LONGEST_NAME: Final = 100
"""Of a person; more is cut off."""

_LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9._+@-]*[a-z0-9])?")
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def canonical_login(given: str) -> str:
    """Return a login as it is stored: without spaces at its ends, in lower case.

    Raises:
        Violation: it has other characters than letters, digits and ". _ + @ -", or is too long.
    """
    login = given.strip().lower()
    if len(login) > LONGEST_LOGIN or not _LOGIN.fullmatch(login):
        raise Violation(
            Sentence(
                'a login has at most {most} letters, digits and ". _ + @ -", a letter or digit first and last',
                most=LONGEST_LOGIN,
            )
        )
    return login


def check_slug(given: str) -> str:
    """Return a tenant's short name.

    Raises:
        Violation: it is not 1 to 63 lower-case letters, digits and hyphens.
    """
    if not _SLUG.fullmatch(given):
        raise Violation("a tenant's short name has 1 to 63 lower-case letters, digits and hyphens inside")
    return given


def check_password(password: str, login: str) -> str:
    """Return a password that may be set.

    Length is what counts (NIST SP 800-63B, 5.1.1.2): no rules about kinds of characters.

    Raises:
        Violation: too short, too long, or the login.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise Violation(
            Sentence("the password is too short: give at least {least} characters", least=SHORTEST_PASSWORD)
        )
    if len(password) > LONGEST_PASSWORD:
        raise Violation(Sentence("the password is too long: give at most {most} characters", most=LONGEST_PASSWORD))
    if same_text(password) == same_text(login):
        raise Violation(Sentence("the password is the login: choose another one"))
    return password


def same_text(text: str) -> str:
    """Return a text so that two writings of the same characters are equal."""
    return unicodedata.normalize("NFKC", text).casefold()
