"""Two people at their inboxes and a customer who writes: everything appears by itself, in a real browser."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Page, expect

from embedded.postgres import Postgres
from tests.browser.conftest import PHONE, Site, Visitor
from tests.browser.talk import TalkingSite
from tests.system.conftest import running
from tests.waiting import wait_for

OTHER_CUSTOMER = "+18095550124"
PDF = {"name": "recibo.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF\n"}
DROP = """(name) => {
    const files = new DataTransfer();
    files.items.add(new File(["%PDF-1.4\\n%%EOF\\n"], name, { type: "application/pdf" }));
    document.querySelector("#answer").dispatchEvent(
        new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true })
    );
}"""


@pytest.fixture(scope="module")
def site(server_dir: Path, postgres_server: Postgres, migrated_template: str) -> Iterator[Site]:
    """Pages, workers and simulator run as `make run` starts them: live connections have a port of their own."""
    name, more = "talking", {"ENV": "development"}
    with running(TalkingSite, server_dir / name, postgres_server, migrated_template, name, **more) as made:
        yield made


@pytest.fixture(autouse=True)
def emptied(site: TalkingSite) -> None:
    """No conversation is left of the test before."""
    with psycopg.connect(site.database_url) as connection:
        connection.execute("DELETE FROM conversation_notes")
        connection.execute("UPDATE messages SET conversation_id = NULL")
        connection.execute("DELETE FROM conversations")


def line(page: Page, name: str = "Ana Peña") -> Any:
    return page.locator(".line", has_text=name)


def opened(visitor: Visitor, name: str = "Ana Peña") -> Page:
    """The inbox with a conversation opened in it."""
    page = visitor.log_in(path="/inbox")
    line(page, name).click()
    expect(page.locator("#conversation .thread-title")).to_have_text(name)
    return page


def close_window(site: TalkingSite) -> None:
    with psycopg.connect(site.database_url) as connection:
        connection.execute("UPDATE conversations SET window_closes_at = now() - interval '1 hour'")


def test_two_windows_see_a_customer_write_and_an_answer_become_blue(
    make_visitor: Callable[..., Visitor], site: TalkingSite
) -> None:
    first, second = make_visitor().log_in(path="/inbox"), make_visitor().log_in(path="/inbox")
    for page in (first, second):
        expect(page.locator("#live[data-hearing]")).to_have_count(1)
        expect(page.locator(".line")).to_have_count(0)
    wamid = site.customer_writes("¿Me reenvían la factura?")
    for page in (first, second):
        expect(line(page)).to_contain_text("¿Me reenvían la factura?")
        expect(line(page).locator("[data-unread]")).to_contain_text("1")
        expect(line(page).locator("[data-closes]")).to_have_text("23 h")
    line(first).click()
    for page in (first, second):
        expect(line(page).locator("[data-unread]")).to_have_count(0)
    site.meta.wait(lambda: wamid in {mark["wamid"] for mark in site.meta.look("reads")})
    line(second).click()
    first.get_by_label("Message", exact=True).fill("¡Claro! Aquí la tiene.")
    first.keyboard.press("Enter")
    for page in (first, second):
        expect(page.locator(".message-ours .message-text")).to_have_text("¡Claro! Aquí la tiene.")
        expect(page.locator(".message-ours .tick-blue")).to_have_count(1)
        expect(line(page).locator(".tick-blue")).to_have_count(1)
    expect(first.get_by_label("Message", exact=True)).to_have_value("")
    second.get_by_label("Message", exact=True).fill("half a sentence")
    site.customer_writes("Gracias")
    for page in (first, second):
        expect(page.locator(".message-text").last).to_have_text("Gracias")
    expect(second.get_by_label("Message", exact=True)).to_have_value("half a sentence")
    assert [send["body"]["text"]["body"] for send in site.meta.look("sends")] == ["¡Claro! Aquí la tiene."]


def test_outside_the_window_templates_are_offered_with_what_they_will_say(visitor: Visitor, site: TalkingSite) -> None:
    site.customer_writes()
    visitor.log_in(path="/settings/templates").get_by_role("button", name="Fetch from Meta").click()
    page = visitor.open("/inbox")
    line(page).click()
    expect(page.get_by_label("Message", exact=True)).to_be_visible()
    close_window(site)
    page.reload()
    expect(page.get_by_label("Message", exact=True)).to_have_count(0)
    expect(page.locator("#answer")).to_contain_text("WhatsApp now takes templates only")
    page.get_by_label("Template", exact=True).select_option("invoice|es")
    for number, value in enumerate(("Ana", "2026-11", "RD$ 1,500.00", "30/11/2026", "https://pay.example.com/i/1"), 1):
        page.locator(f"[data-place='{number}']").fill(value)
    expect(page.locator("[data-look] .bubble")).to_contain_text("RD$ 1,500.00")
    page.get_by_role("button", name="Send the template").click()
    expect(page.locator(".message-ours .message-text")).to_contain_text("RD$ 1,500.00")
    expect(page.locator(".message-ours .tick-blue")).to_have_count(1)


def test_a_customer_who_writes_again_is_answered_with_a_text_at_once(visitor: Visitor, site: TalkingSite) -> None:
    site.customer_writes("First")
    page = opened(visitor)
    close_window(site)
    page.reload()
    expect(page.get_by_label("Message", exact=True)).to_have_count(0)
    site.customer_writes("Again")
    expect(page.get_by_label("Message", exact=True)).to_be_visible()


def test_media_is_shown_played_and_sent_by_dropping_it(visitor: Visitor, site: TalkingSite) -> None:
    for kind in ("image", "audio", "document"):
        site.customer_writes(type=kind, text=None)
    page = opened(visitor)
    wait_for(lambda: page.evaluate("document.querySelector('.message-image')?.naturalWidth > 0"))
    page.evaluate("document.querySelector('.message audio').play()")
    wait_for(lambda: page.evaluate("document.querySelector('.message audio').currentTime > 0"))
    document = page.context.request.get(site.url + str(page.locator("a.message-file").get_attribute("href")))
    assert (document.status, document.body()[:4]) == (200, b"%PDF")
    assert document.headers["content-security-policy"] == "default-src 'none'; sandbox"
    page.evaluate(DROP, "recibo.pdf")
    expect(page.locator("[data-file-name]")).to_have_text("recibo.pdf")
    page.get_by_label("Message", exact=True).fill("Su recibo")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".message-ours .message-file")).to_contain_text("recibo.pdf")
    expect(page.locator(".message-ours .tick-blue")).to_have_count(1)
    [sent] = [send["body"] for send in site.meta.look("sends") if send["body"]["type"] == "document"]
    assert (sent["document"]["filename"], sent["document"]["caption"]) == ("recibo.pdf", "Su recibo")


def test_work_on_a_conversation_is_seen_by_the_colleague(
    make_visitor: Callable[..., Visitor], site: TalkingSite
) -> None:
    site.customer_writes()
    first, second = opened(make_visitor()), opened(make_visitor())
    first.get_by_label("Assigned to", exact=True).last.select_option(label="Admin")
    expect(second.locator("#assignee option:checked")).to_have_text("Admin")
    first.get_by_label("New label").fill("pagos")
    first.get_by_role("button", name="Add the label").click()
    expect(second.locator("#beside .labels .badge")).to_have_text("pagos")
    first.get_by_label("New note").fill("Pagará el viernes.")
    first.get_by_role("button", name="Note it").click()
    expect(second.locator(".notes li")).to_contain_text("Pagará el viernes.")
    first.get_by_role("button", name="Close", exact=True).click()
    expect(second.get_by_role("button", name="Open again")).to_be_visible()
    expect(line(second)).to_have_count(0)
    second.locator("#filters [name=state]").select_option("closed")
    expect(line(second)).to_contain_text("pagos")


def test_the_list_is_searched_and_what_was_searched_for_stands_in_no_address(
    visitor: Visitor, site: TalkingSite
) -> None:
    site.customer_writes()
    site.customer_writes(phone=OTHER_CUSTOMER, name="Luis Gómez")
    page = visitor.log_in(path="/inbox")
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    expect(page.locator(".line")).to_have_count(2)
    page.get_by_label("Search").fill("5550124")
    expect(page.locator(".line")).to_have_count(1)
    expect(line(page, "Luis Gómez")).to_be_visible()
    assert not [address for address in addresses if "5550124" in address]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_one_thing_at_a_time_and_never_scrolls_sideways(
    make_visitor: Callable[..., Visitor], site: TalkingSite, scheme: str
) -> None:
    site.customer_writes("https://example.com/" + "a" * 300)
    site.customer_writes(type="audio", text=None)
    page = make_visitor(viewport=PHONE, has_touch=True, color_scheme=scheme).log_in(path="/inbox")
    fits = "document.documentElement.scrollWidth <= innerWidth"
    assert page.evaluate(fits)
    line(page).click()
    expect(page.locator("#messages")).to_be_visible()
    expect(line(page)).to_be_hidden()
    assert page.evaluate(fits)
    box = page.get_by_label("Message", exact=True).bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= PHONE["height"]
    page.get_by_role("button", name="Details").click()
    expect(page.locator("#beside")).to_be_visible()
    assert page.evaluate(fits)
    page.get_by_role("button", name="Details").click()
    page.get_by_role("link", name="Back to the list").click()
    expect(line(page)).to_be_visible()


def test_what_cannot_be_sent_says_so_beside_the_field_and_keeps_what_was_written(
    visitor: Visitor, site: TalkingSite
) -> None:
    site.customer_writes()
    page = opened(visitor)
    with psycopg.connect(site.database_url) as connection:
        connection.execute("UPDATE channels SET is_active = false")
    page.get_by_label("Message", exact=True).fill("Hola")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("switched off")
    expect(page.get_by_label("Message", exact=True)).to_have_value("Hola")
    with psycopg.connect(site.database_url) as connection:
        connection.execute("UPDATE channels SET is_active = true")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".message-ours .message-text")).to_have_text("Hola")
    expect(page.get_by_role("alert")).to_have_count(0)
    visitor.complaints[:] = [complaint for complaint in visitor.complaints if "status of 422" not in complaint]


def test_why_a_message_was_not_sent_is_told_in_plain_words(visitor: Visitor, site: TalkingSite) -> None:
    site.customer_writes()
    page = opened(visitor)
    site.meta.control("faults", {"fault": "error", "code": 131026, "next": 1})
    page.get_by_label("Message", exact=True).fill("Hola")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".message-failed .message-error")).to_contain_text("131026")
    expect(page.locator(".message-failed .tick-failed")).to_have_count(1)
