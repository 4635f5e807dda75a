"""A real browser before the real web server, Postgres and Meta's stand-in; what it complains about fails the test."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

from embedded.ports import free_port
from embedded.postgres import Postgres
from embedded.processes import PROCESSES
from tests.browser.one_origin import OneOrigin
from tests.system.conftest import System, running

DATABASE = "browser"
OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
WAIT_MS = 15_000
"""Messages to one recipient come six seconds after each other once the first are out."""
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


class Site(System):
    """The pages, what tells them of changes, Meta's stand-in, and the workers between them."""

    processes = tuple(process for process in PROCESSES if process.carries_messages or process.name == "realtime")

    @property
    def live_address(self) -> str:
        """Where the pages' live connections lead."""
        return f"ws://127.0.0.1:{self.environment['REALTIME_PORT']}/"


class OneOriginSite(Site):
    """The same as in production: one origin for pages and live connections."""

    def _environment(self) -> dict[str, str]:
        given = super()._environment()
        self.origin = OneOrigin(free_port(), int(given["PORT"]), int(given["REALTIME_PORT"]))
        return {**given, "PUBLIC_URL": self.origin.url}

    @property
    def live_address(self) -> str:
        """Where the pages' live connections lead."""
        return self.url.replace("http", "ws", 1) + "/"

    def start(self) -> None:
        """Start everything."""
        self.origin.start()
        super().start()

    def stop(self) -> None:
        """End everything at once."""
        super().stop()
        self.origin.stop()


@dataclass
class Visitor:
    """One person's browser, and what it complained about."""

    context: BrowserContext
    site: Site
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str = "/") -> Page:
        """Open a page in a new tab."""
        page = self.context.new_page()
        page.goto(self.site.url + path)
        return page

    def log_in(self, login: str = "admin", password: str | None = None, path: str = "/") -> Page:
        """Log in and come to a page."""
        page = self.open(path)
        page.get_by_label("Login", exact=True).fill(login)
        page.get_by_label("Password", exact=True).fill(password or self.site.admin_password)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(self.site.url + (path if path != "/" else "/settings"))
        return page

    def watch(self) -> None:
        """Note errors, refused policies and every request that leaves the site."""
        self.context.on("console", lambda message: self._note(message.type, message.text))
        self.context.on("weberror", lambda error: self._note("error", str(error.error)))
        self.context.on("request", self._note_request)
        self.context.on("page", lambda page: page.on("websocket", lambda socket: self._note_socket(socket.url)))

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(f"{kind}: {text}")

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((self.site.url + "/", "data:")):
            self.complaints.append(f"outside: {request.url}")

    def _note_socket(self, url: str) -> None:
        if not url.startswith(self.site.live_address):
            self.complaints.append(f"outside: {url}")


@pytest.fixture(scope="package")
def site(server_dir: Path, postgres_server: Postgres, migrated_template: str) -> Iterator[Site]:
    """Web and simulator run."""
    with running(OneOriginSite, server_dir / DATABASE, postgres_server, migrated_template, DATABASE) as made:
        yield made


def program() -> str:
    """Return the path of the system's Chromium; without windows it takes half as long."""
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    assert found, (
        "No Chromium on PATH. Install it (Debian: apt-get install --no-install-recommends chromium-headless-shell)."
    )
    return found


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The system's Chromium: Playwright's own would be fetched from a host that nobody has to reach."""
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=list(OPTIONS))
        yield browser
        browser.close()


@pytest.fixture
def make_visitor(site: Site, chromium: Browser) -> Iterator[Callable[..., Visitor]]:
    """Make people with browsers of their own; at the end none may have complained."""
    made: list[Visitor] = []

    def make(**options: Any) -> Visitor:
        context = chromium.new_context(**{"viewport": DESKTOP, "locale": "en-US", **options})
        context.set_default_timeout(WAIT_MS)
        made.append(Visitor(context, site))
        made[-1].watch()
        return made[-1]

    yield make
    for visitor in made:
        visitor.context.close()
    assert [complaint for visitor in made for complaint in visitor.complaints] == []


@pytest.fixture
def visitor(make_visitor: Callable[..., Visitor]) -> Visitor:
    return make_visitor()
