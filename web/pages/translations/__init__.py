"""What the pages say, found in the sources, and the catalogues beside this module that say it in other languages."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir, extract_from_file

from whatsapp.error_table import HTTP_5XX, HTTP_429, RANGES, RULES, TRANSIENT, UNKNOWN

ROOT: Final = Path(__file__).parents[3]
FOLDERS: Final = ("checks", "db/changes", "web/inbox", "web/pages", "web/people")
FILES: Final = ("messaging/people.py", "messaging/auto_reply.py", "web/api/advice.py")
METHODS: Final = [("**.py", "python"), ("**/templates/**.html", "jinja2.ext.babel_extract")]
KEYWORDS: Final = {"_": None, "ngettext": (1, 2), "Sentence": None}
Message = str | tuple[str, ...]


def messages() -> Catalog:
    """Return all that is to be translated, in the order of the sources."""
    found = Catalog()
    for message in _in_sources():
        found.add(message)
    for rule in (*RULES.values(), *(rule for _, rule in RANGES), HTTP_5XX, HTTP_429, TRANSIENT, UNKNOWN):
        found.add(rule.advice)
    return found


def _in_sources() -> Iterator[Message]:
    for folder in FOLDERS:
        for _file, _line, message, _comments, _context in extract_from_dir(ROOT / folder, METHODS, {}, KEYWORDS):
            yield message
    for file in FILES:
        for _line, message, _comments, _context in extract_from_file("python", ROOT / file, KEYWORDS):
            yield message
