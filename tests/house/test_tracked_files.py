"""What the repository may not tell: where it was written, and where packages were fetched from."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.compose_file import ROOT

UNTRACKED = {".git", ".venv", ".data", ".env", "__pycache__"}
FORBIDDEN = re.compile(
    r"pypi\.org|pythonhosted|registry\.npmjs|proxy\.golang|index-url|find-links|trusted-host"
    r"|/(?:root|work|opt/wheels|opt/pypi|tmp/w)/|/home/[a-z]"
)


def texts() -> Iterator[tuple[Path, str]]:
    for path in _files(ROOT):
        try:
            yield path.relative_to(ROOT), path.read_text()
        except UnicodeDecodeError:
            continue


def _files(directory: Path) -> Iterator[Path]:
    for path in sorted(directory.iterdir()):
        if path.name in UNTRACKED or path.name.endswith("_cache") or path.name == ".hypothesis":
            continue
        if path.is_dir():
            yield from _files(path)
        elif path != Path(__file__):
            yield path


def test_no_file_names_a_registry_or_a_machine() -> None:
    found = [f"{path}: {match[0]}" for path, text in texts() if (match := FORBIDDEN.search(text))]
    assert found == []


def test_secrets_and_data_are_never_committed() -> None:
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {".env", ".data/", ".venv"} <= set(ignored)


def test_the_licence_is_mit_and_the_authors() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert text.startswith("MIT License")
    assert "The Paperboy authors" in text
