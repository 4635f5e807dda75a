"""Pages hear of what changes, and ask while they cannot."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect

from gateways.kinds import Kind
from tests.browser.conftest import Site, Visitor
from tests.system.conftest import is_ready
from tests.system.test_gateways import register, status
from tests.waiting import wait_for

SESSIONS = "**/settings/sessions"
LONGEST_PAUSE_MS = 60_000
"""Of web/pages/static/live.js."""


def hearing(page: Page) -> Page:
    """The page, as soon as it hears."""
    expect(page.locator("#live[data-hearing]")).to_have_count(1)
    return page


def watched(visitor: Visitor) -> Page:
    """The list of sessions, hearing, with a clock that the test moves on."""
    page = visitor.log_in(path="/settings")
    page.clock.install()
    page.goto(f"{visitor.site.url}/settings/sessions")
    hearing(page)
    page.wait_for_load_state("networkidle")
    return page


@contextmanager
def silence(site: Site) -> Iterator[None]:
    """Nobody tells anything."""
    running = site.running["realtime"]
    running.popen.send_signal(signal.SIGTERM)
    running.popen.wait(10)
    yield
    site.running["realtime"] = site._launch(running.process)
    wait_for(lambda: is_ready(site.running["realtime"]))


def test_a_page_that_hears_asks_when_something_changed_and_else_hardly_ever(visitor: Visitor, site: Site) -> None:
    name, _ = register(site, Kind.WWEBJS)
    page = watched(visitor)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(20_000)
    assert asked == []
    site.meta.control(f"gateways/wwebjs/{name}/start", {})
    expect(page.locator(f"[data-session={name}]")).to_have_attribute("data-status", "qr_generated")
    assert f"{site.url}/settings/sessions" in asked
    with page.expect_request(SESSIONS):
        page.clock.run_for(33_000)
    hearing(page)


def test_a_page_that_hears_nothing_asks_every_three_seconds_and_hears_again_by_itself(
    visitor: Visitor, site: Site
) -> None:
    """S3.39."""
    name, _ = register(site, Kind.WWEBJS)
    page = watched(visitor)
    card = page.locator(f"[data-session={name}]")
    with silence(site):
        expect(page.locator("#live[data-hearing]")).to_have_count(0)
        for _ in range(3):
            with page.expect_request(SESSIONS):
                page.clock.run_for(3_000)
        site.meta.control(f"gateways/wwebjs/{name}/start", {})
        expect(card).to_have_attribute("data-status", "qr_generated")
    page.clock.run_for(LONGEST_PAUSE_MS)
    hearing(page)
    site.meta.control(f"gateways/wwebjs/{name}/scan", {})
    expect(card).to_have_attribute("data-status", "session_connected")
    visitor.complaints[:] = [one for one in visitor.complaints if "WebSocket connection to" not in one]


def test_a_lost_session_is_told_on_whatever_page_somebody_looks_at(
    make_visitor: Callable[..., Visitor], site: Site
) -> None:
    name, _ = register(site, Kind.EVOLUTION)
    inbox = hearing(make_visitor().log_in(path="/inbox"))
    alarms = hearing(make_visitor().log_in(path="/settings/alarms"))
    for act in ("start", "scan"):
        site.meta.control(f"gateways/evolution/{name}/{act}", {})
    wait_for(lambda: status(site, name)["isConnected"])
    site.meta.control(f"gateways/evolution/{name}/lose", {"reason": "LOGOUT"})
    for page in (inbox, alarms):
        expect(page.locator(".toast-danger")).to_contain_text(f"Session lost: {name}")
    expect(alarms.locator("#alarms tbody tr").first).to_contain_text(name)
