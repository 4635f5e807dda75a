"""A phone is linked in a real browser: QR, scan, connected, message, with nobody loading the page again."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from gateways.kinds import Kind
from tests.browser.conftest import DESKTOP, PHONE, Site, Visitor
from tests.system.conftest import wait_for
from tests.system.test_gateways import CUSTOMER, TEXT, register


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_phone_is_linked_by_its_qr_and_brings_a_message(
    make_visitor: Callable[..., Visitor], site: Site, viewport: dict[str, int]
) -> None:
    name, channel_id = register(site, Kind.WWEBJS)
    page = make_visitor(viewport=viewport).log_in(path="/settings/sessions")
    page.locator(f"[data-session={name}]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator(".toast-line").last).to_contain_text("starts the session")
    page.evaluate("window.isStillThisPage = true")
    picture = page.get_by_role("img", name="QR to be scanned with the phone")
    expect(picture).to_be_visible()
    first = picture.get_attribute("src") or ""
    assert first.startswith("data:image/png;base64,")
    site.meta.control(f"gateways/wwebjs/{name}/qr", {})
    expect(picture).not_to_have_attribute("src", first)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    site.meta.control(f"gateways/wwebjs/{name}/scan", {})
    expect(page.locator("#session")).to_have_attribute("data-status", "session_connected")
    expect(picture).to_have_count(0)
    assert page.evaluate("window.isStillThisPage")
    site.meta.control(f"gateways/wwebjs/{name}/inbound", {"from": CUSTOMER, "body": TEXT})
    query = "SELECT count(*) FROM messages WHERE channel_id = %s AND text = %s AND direction = 'inbound'"
    wait_for(lambda: site.rows(query, channel_id, TEXT) == [(1,)])


def test_the_list_changes_by_itself_and_keeps_the_focus(visitor: Visitor, site: Site) -> None:
    name, _ = register(site, Kind.EVOLUTION)
    page = visitor.log_in(path="/settings/sessions")
    card = page.locator(f"[data-session={name}]")
    card.focus()
    site.meta.control(f"gateways/evolution/{name}/start", {})
    expect(card).to_have_attribute("data-status", "qr_generated")
    assert page.locator("[src^=data]").count() == 0, "no QR stands in a list"
    expect(card).to_be_focused()
    site.meta.control(f"gateways/evolution/{name}/scan", {})
    expect(card).to_have_attribute("data-colour", "green")
    before = int(page.locator("[data-count=connected]").inner_text())
    site.meta.control(f"gateways/evolution/{name}/lose", {"reason": "LOGOUT"})
    expect(page.locator("[data-count=connected]")).to_have_text(str(before - 1))
