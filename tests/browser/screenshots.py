"""`python -m tests.browser.screenshots [folder]` takes the pictures of docs/screenshots from the real pages."""

import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from playwright.sync_api import Browser, Page, expect, sync_playwright

from db.migrate import upgrade
from embedded.postgres import Postgres
from gateways.kinds import Kind
from tests.browser.conftest import DATABASE, DESKTOP, OPTIONS, PHONE, Visitor, program
from tests.browser.talk import TalkingSite
from tests.system.conftest import running
from tests.system.test_gateways import CUSTOMER, register
from web.api import conversation_examples as examples

TEMPLATE = "pages"
NAME = "Ana Peña"
THANKS = "¡Muchas gracias!"
FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
LISTS = ("templates", "sessions", "alarms", "rules", "texts", "customers", "keys", "people", "audit")
FORMS = {
    "connect": "/settings/channels/new",
    "template": "/settings/templates/invoice/initial",
    "register": "/settings/new-session",
}
PICTURES = (
    "login", "connection", *LISTS, *FORMS, "session", "inbox", "conversation", "account", "invitation",
)  # fmt: skip
LOOKS = (
    ("desktop", DESKTOP, "en", "light"),
    ("phone", PHONE, "es", "dark"),
)
"""Name, size, language and theme: between them the pictures show both of each."""


@contextmanager
def site() -> Iterator[TalkingSite]:
    """Everything runs, on a database of its own."""
    with tempfile.TemporaryDirectory(prefix="paperboy-screenshots-") as made:
        directory = Path(made)
        directory.chmod(0o755)
        postgres = Postgres(directory / "postgres", durable=False)
        postgres.start()
        try:
            with psycopg.connect(postgres.url, autocommit=True) as admin:
                admin.execute(f"CREATE DATABASE {TEMPLATE}")
            upgrade(postgres.url_of(TEMPLATE), partitions=range(2))
            with running(TalkingSite, directory / "site", postgres, TEMPLATE, DATABASE) as everything:
                yield everything
        finally:
            postgres.stop("immediate")


def prepare(page: Page, place: TalkingSite) -> str:
    """Do what fills the pages; return the path of a session that waits for its scan."""
    talk(page, place)
    page.goto(f"{place.url}/settings")
    page.get_by_role("button", name="Test connection").click()
    expect(page.locator("[data-light=token]")).to_have_attribute("data-colour", "green")
    page.goto(f"{place.url}/settings/templates")
    page.get_by_role("button", name="Fetch from Meta").click()
    expect(page.locator(".toast-line")).to_contain_text("as Meta has them now")
    linked, _ = register(place, Kind.WAHA)
    waiting, _ = register(place, Kind.WWEBJS)
    for act, wanted in (
        ("start", {}),
        ("scan", {}),
        ("inbound", {"from": CUSTOMER}),
        ("lose", {"reason": "NAVIGATION"}),
    ):
        place.meta.control(f"gateways/waha/{linked}/{act}", wanted)
        page.wait_for_timeout(700)
    place.meta.control(f"gateways/wwebjs/{waiting}/start", {})
    page.wait_for_timeout(1_000)
    with psycopg.connect(place.database_url) as connection:
        connection.execute("UPDATE session_events SET at = now() - (now() - at) * 6000")
        connection.execute("UPDATE gateway_sources SET created_at = now() - interval '3 days'")
    return f"/settings/sessions/{waiting}"


def talk(page: Page, place: TalkingSite) -> None:
    """Let a customer ask and get an answer; keep a rule and a text."""
    for path, example in (("canned-responses", examples.CANNED_WANTED), ("rules", examples.RULE_WANTED)):
        assert place.api("POST", f"/v1/{path}", json=example).status_code == 201
    place.customer_writes("¿Me reenvían la factura de noviembre?")
    page.goto(f"{place.url}/inbox")
    page.locator(".line", has_text=NAME).click()
    page.get_by_label("Message", exact=True).fill("¡Claro! Aquí la tiene.")
    page.keyboard.press("Enter")
    expect(page.locator(".message-ours .tick-blue")).to_have_count(1)
    place.customer_writes(THANKS)


def take(page: Page, place: TalkingSite, session: str, save: Callable[[str], None]) -> None:
    """Go through the pages."""
    page.goto(f"{place.url}/settings")
    page.locator("#phone").fill("+1 809 555 0187")
    page.locator("#test-invoice form button").click()
    expect(page.locator("[data-step=read]")).to_have_attribute("data-reached", "yes")
    save("connection")
    for name in LISTS:
        page.goto(f"{place.url}/settings/{name}")
        save(name)
    for name, path in FORMS.items():
        page.goto(place.url + path)
        save(name)
    place.meta.control(f"gateways/wwebjs/{session.rpartition('/')[2]}/qr", {})
    page.goto(place.url + session)
    page.locator("#qr").wait_for()
    save("session")
    page.goto(f"{place.url}/inbox")
    line = page.locator(".line", has_text=THANKS)
    line.wait_for()
    save("inbox")
    line.click()
    expect(page.locator(".message-text").last).to_have_text(THANKS)
    save("conversation")
    page.goto(f"{place.url}/account")
    save("account")
    made = place.api("POST", "/v1/users", json={"login": f"ana-{secrets.token_hex(3)}", "role": "viewer"}).json()
    page.goto(made["invitation"]["url"])
    save("invitation")


def picture(page: Page, path: Path) -> None:
    """Take a whole page, from its top."""
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=path, full_page=True)


def speak(page: Page, place: TalkingSite, language: str) -> None:
    """Let the pages speak a language."""
    page.goto(f"{place.url}/account")
    page.locator("select[name=language]").select_option(language)
    page.locator("form:has(select[name=language]) button").click()
    page.wait_for_function(f"document.documentElement.lang === '{language}'")


def main(folder: Path) -> None:
    """Take all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with site() as place, sync_playwright() as playwright:
        browser: Browser = playwright.chromium.launch(executable_path=program(), args=list(OPTIONS))
        session = ""
        for name, viewport, language, theme in LOOKS:
            context = browser.new_context(viewport=viewport, locale="en-US", color_scheme=theme)  # type: ignore[arg-type]
            visitor = Visitor(context, place)
            picture(visitor.open("/login"), folder / f"login-{name}.png")
            page = visitor.log_in()
            session = session or prepare(page, place)
            speak(page, place, language)
            take(
                page,
                place,
                session,
                lambda what, page=page, name=name: picture(page, folder / f"{what}-{name}.png"),
            )
            speak(page, place, "en")
            context.close()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
