"""Does a text match what a rule looks for; a regular expression of a tenant's may take only so long."""

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache

import regex

from messaging.violations import Violation

LONGEST_PATTERN = 500

MOST_REPEATS = 1000
"""All counts of an expression multiplied: (((a{1000}){1000}){1000}) has 25 characters and compiles into gigabytes."""
_COUNT = re.compile(r"\{([0-9\s,]+)\}")

REGEX_SECONDS = 0.05
"""A thousand times what an honest expression takes on 4,096 characters; catastrophic backtracking ends here."""


class PatternTimeoutError(Exception):
    """The expression took too long; it is left out and the rule shows it."""


def check_pattern(match: str, pattern: str) -> None:
    """Check what a rule looks for.

    Raises:
        Violation: an unknown kind of match, an empty or too long pattern, or no regular expression.
    """
    if match not in MATCHERS:
        raise Violation(f"no such match; there are {', '.join(MATCHERS)}", "match")
    if not plain(pattern):
        raise Violation("the pattern is empty; an empty one would match every message", "pattern")
    if len(pattern) > LONGEST_PATTERN:
        raise Violation(f"the pattern has {len(pattern)} characters; at most {LONGEST_PATTERN} are allowed", "pattern")
    if match == "regex":
        _check_expression(pattern)


def _check_expression(pattern: str) -> None:
    if math.prod(_largest(count) for count in _COUNT.findall(pattern)) > MOST_REPEATS:
        raise Violation(f"the counts in the pattern multiply to more than {MOST_REPEATS}; lower them", "pattern")
    try:
        _compiled(pattern)
    except regex.error as error:
        raise Violation(f"the pattern is no regular expression: {error}", "pattern") from error
    except RecursionError as error:
        raise Violation("the pattern has too many brackets within brackets", "pattern") from error


def _largest(count: str) -> int:
    return max((int(number) for number in re.findall("[0-9]+", count)), default=1) or 1


def matches(match: str, pattern: str, text: str) -> bool:
    """Tell whether a text matches; case, width and surplus spaces do not count, accents do.

    Raises:
        PatternTimeoutError: a regular expression took longer than REGEX_SECONDS.
    """
    return MATCHERS[match](pattern, text)


def plain(text: str) -> str:
    """Return a text as texts are compared."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _regex_matches(pattern: str, text: str) -> bool:
    try:
        return _compiled(pattern).search(text, timeout=REGEX_SECONDS) is not None
    except TimeoutError as error:
        raise PatternTimeoutError from error


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> "regex.Pattern[str]":
    return regex.compile(pattern, regex.IGNORECASE)


MATCHERS: Mapping[str, Callable[[str, str], bool]] = {
    "equals": lambda pattern, text: plain(pattern) == plain(text),
    "contains": lambda pattern, text: plain(pattern) in plain(text),
    "starts_with": lambda pattern, text: plain(text).startswith(plain(pattern)),
    "regex": _regex_matches,
}
