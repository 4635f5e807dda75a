"""The pictures in docs are those that the tests' script takes, and each is shown."""

from tests.browser.screenshots import FOLDER, LOOKS, PICTURES
from tests.house.compose_file import ROOT

FILES = {f"{picture}-{look[0]}.png" for picture in PICTURES for look in LOOKS}


def test_every_picture_is_there_and_no_other() -> None:
    assert {path.name for path in FOLDER.iterdir()} == FILES


def test_every_picture_is_shown_in_the_guide_to_the_pages() -> None:
    text = (ROOT / "docs" / "pages.md").read_text()
    assert [name for name in FILES if f"screenshots/{name}" not in text] == []
