"""What people do, in a real browser: log in, connect a number, hand out keys, invite, and be understood."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from simulator import defaults
from tests.browser.conftest import DESKTOP, PHONE, Site, Visitor

PAGES = (
    "/settings",
    "/settings/channels/new",
    "/settings/templates",
    "/settings/templates/invoice/initial",
    "/settings/sessions",
    "/settings/new-session",
    "/settings/alarms",
    "/settings/texts",
    "/settings/rules",
    "/settings/keys",
    "/settings/people",
    "/settings/audit",
    "/account",
    "/inbox",
)
PASSWORD = "a password of several words"


def colour(page: Page, light: str) -> str | None:
    return page.locator(f"[data-light={light}]").get_attribute("data-colour")


def test_a_wrong_password_is_refused_and_the_right_one_lets_in(visitor: Visitor) -> None:
    page = visitor.open()
    page.get_by_label("Login", exact=True).fill("admin")
    page.get_by_label("Password", exact=True).fill("not the password")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text("not right")
    visitor.complaints.remove(
        "error: Failed to load resource: the server responded with a status of 401 (Unauthorized)"
    )
    page.get_by_label("Password", exact=True).fill(visitor.site.admin_password)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("WhatsApp")


def test_a_person_logs_in_with_the_keyboard_alone(visitor: Visitor) -> None:
    page = visitor.open()
    page.wait_for_function("document.activeElement.id === 'login'")
    page.keyboard.type("admin")
    page.keyboard.press("Tab")
    page.keyboard.type(visitor.site.admin_password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/settings")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Connect another number")).to_be_focused()


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_from_the_login_over_a_new_number_to_an_invoice_that_is_read(
    make_visitor: Callable[..., Visitor], site: Site, viewport: dict[str, int]
) -> None:
    visitor = make_visitor(viewport=viewport, permissions=["clipboard-read", "clipboard-write"])
    page = visitor.log_in()
    page.get_by_role("button", name="Disconnect").click()
    page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Connect your WhatsApp number")
    connect(page, "EAAG-wrong-token-0000")
    page.get_by_role("button", name="Test connection").click()
    expect(page.locator("[data-light=token]")).to_have_attribute("data-colour", "red")
    expect(page.locator("[data-light=token]")).to_contain_text("Create a token for a system user")
    page.get_by_label("Access token").fill(defaults.ACCESS_TOKEN)
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast-line")).to_contain_text("Saved")
    page.get_by_role("button", name="Test connection").click()
    expect(page.locator("[data-light=token]")).to_have_attribute("data-colour", "green")
    assert {colour(page, name) for name in ("scopes", "number", "quality", "waba", "fields")} == {"green"}
    expect(page.locator(".state-number")).to_have_text(defaults.DISPLAY_PHONE_NUMBER)
    assert page.get_by_label("Access token").input_value() == ""
    assert site.rows("SELECT count(*) FROM channels WHERE disconnected_at IS NULL") == [(1,)]
    page.get_by_role("button", name="Copy: Callback URL").click()
    assert page.evaluate("navigator.clipboard.readText()") == f"{site.url}/webhook"
    page.goto(f"{site.url}/settings/templates")
    page.get_by_role("button", name="Fetch from Meta").click()
    page.goto(f"{site.url}/settings")
    follow_a_test_invoice(page)


def connect(page: Page, token: str) -> None:
    page.get_by_label("Phone number ID").fill(defaults.PHONE_NUMBER_ID)
    page.get_by_label("WhatsApp Business account ID").fill(defaults.WABA_ID)
    page.get_by_label("Access token").fill(token)
    page.get_by_role("button", name="Connect").click()


def follow_a_test_invoice(page: Page) -> None:
    """Send it and see it read, on the same page without a reload."""
    page.evaluate("window.isStillThisPage = true")
    page.get_by_label("Phone number", exact=True).fill("+1 809 555 0123")
    page.get_by_role("button", name="Send the test invoice").click()
    for status in ("queued", "accepted", "sent", "delivered", "read"):
        expect(page.locator(f"[data-step={status}]")).to_have_attribute("data-reached", "yes")
    expect(page.locator("#test-invoice")).not_to_have_attribute("hx-trigger", "every 1s")
    assert page.evaluate("window.isStillThisPage")


def test_a_test_invoice_to_who_has_no_whatsapp_says_so_and_what_to_do(visitor: Visitor, site: Site) -> None:
    page = visitor.log_in()
    site.meta.control("faults", next=1, fault="error", code=131026)
    page.get_by_label("Phone number", exact=True).fill("+18095550124")
    page.get_by_role("button", name="Send the test invoice").click()
    expect(page.locator("#test-invoice .alert-danger")).to_contain_text("131026")
    expect(page.get_by_role("button", name="Send the test invoice")).to_be_enabled()


def test_the_callback_is_registered_through_meta_and_verified_at_once(visitor: Visitor, site: Site) -> None:
    page = visitor.log_in()
    page.get_by_role("button", name="Register callback").click()
    expect(page.locator(".toast-line").last).to_contain_text("registered it")
    page.get_by_role("button", name="Subscribe app").click()
    expect(page.locator(".toast-line").last).to_contain_text("The app is subscribed")
    expect(page.locator("[data-light=fields]")).to_contain_text("Subscribed to messages")
    actions = {row[0] for row in site.rows("SELECT action FROM audit_log")}
    assert "channel.callback_registered" in actions


def test_copying_really_fills_the_clipboard_and_says_so(make_visitor: Callable[..., Visitor], site: Site) -> None:
    visitor = make_visitor(permissions=["clipboard-read", "clipboard-write"])
    page = visitor.log_in()
    for name, text in (("Callback URL", f"{site.url}/webhook"), ("Verify token for Meta", defaults.VERIFY_TOKEN)):
        button = page.get_by_role("button", name=f"Copy: {name}")
        button.click()
        expect(button).to_contain_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()") == text
        expect(button).to_contain_text("Copy", timeout=5_000)
    token = page.get_by_label("Verify token for Meta", exact=True)
    expect(token).to_have_attribute("type", "password")
    page.get_by_role("button", name="Show or hide: Verify token for Meta").click()
    expect(token).to_have_attribute("type", "text")


def test_a_key_is_made_works_and_is_revoked(visitor: Visitor, site: Site) -> None:
    page = visitor.log_in(path="/settings/keys")
    page.get_by_label("Which system will use it?").fill("accounting")
    page.get_by_role("button", name="Make the key").click()
    key = page.get_by_label("API key", exact=True).input_value()
    headers = {"Authorization": f"Bearer {key}"}
    assert site.http.get(f"{site.url}/v1/messages", headers=headers, timeout=10).status_code == 200
    page.goto(f"{site.url}/settings/keys")
    page.get_by_role("button", name="Revoke the key of accounting").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Revoke the key of accounting").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.locator(".toast-line")).to_contain_text("The key is revoked")
    assert key not in page.content()


def test_an_invited_person_comes_in_by_the_link_and_sees_what_a_viewer_sees(
    make_visitor: Callable[..., Visitor], visitor: Visitor
) -> None:
    page = visitor.log_in(path="/settings/people")
    page.get_by_label("Login", exact=True).fill("eva@example.com")
    page.get_by_label("Name", exact=True).fill("Eva Gil")
    page.get_by_label("Role", exact=True).select_option("viewer")
    page.get_by_role("button", name="Make an invitation link").click()
    link = page.get_by_label("Invitation link", exact=True).input_value()
    invited = make_visitor()
    welcome = invited.open(link.removeprefix(visitor.site.url))
    welcome.get_by_label("Password", exact=True).fill(PASSWORD)
    welcome.get_by_label("The same password again").fill(PASSWORD)
    welcome.get_by_role("button", name="Set the password and log in").click()
    welcome.wait_for_url("**/settings")
    expect(welcome.get_by_text("The verify token is shown to owners only.")).to_be_visible()
    for name in ("Test connection", "Save", "Disconnect"):
        expect(welcome.get_by_role("button", name=name)).to_have_count(0)


def test_templates_are_fetched_and_one_is_chosen(visitor: Visitor, site: Site) -> None:
    page = visitor.log_in(path="/settings/templates")
    page.get_by_role("button", name="Fetch from Meta").click()
    expect(page.locator(".toast-line")).to_contain_text("as Meta has them now")
    page.get_by_role("link", name="Choose the template for: Quote").click()
    page.get_by_label("Template", exact=True).select_option("invoice|en")
    expect(page.locator("#places .bubble")).to_contain_text("your invoice")
    for number, name in enumerate(("customer_name", "number", "amount", "valid_until", "link"), start=1):
        page.locator(f"#parameter-{number}").select_option(name)
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast-line")).to_contain_text("from now on")
    mapped = site.rows("SELECT name, language FROM document_templates WHERE kind = 'quote' AND step = 'initial'")
    assert mapped == [("invoice", "en")]


def test_a_person_changes_the_language(visitor: Visitor) -> None:
    page = visitor.log_in(path="/account")
    page.get_by_label("Language").select_option("es")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cuenta")
    assert page.evaluate("document.documentElement.lang") == "es"
    page.get_by_label("Idioma").select_option("en")
    page.get_by_role("button", name="Guardar").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Account")


def test_dark_follows_the_system_until_somebody_chooses(make_visitor: Callable[..., Visitor]) -> None:
    visitor = make_visitor(color_scheme="dark")
    page = visitor.open("/login")
    theme = "document.documentElement.dataset.bsTheme"
    assert page.evaluate(theme) == "dark"
    page.get_by_role("button", name="Switch between light and dark").click()
    assert page.evaluate(theme) == "light"
    page.reload()
    assert page.evaluate(theme) == "light"
    page.emulate_media(color_scheme="light")
    page.get_by_role("button", name="Switch between light and dark").click()
    page.reload()
    assert page.evaluate(theme) == "dark"


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_no_page_is_wider_than_its_screen_and_none_complains(
    make_visitor: Callable[..., Visitor], site: Site, viewport: dict[str, int], language: str
) -> None:
    visitor = make_visitor(viewport=viewport)
    page = visitor.log_in()
    page.goto(f"{site.url}/account")
    page.locator("select[name=language]").select_option(language)
    page.locator("form:has(select[name=language]) button").click()
    page.wait_for_function(f"document.documentElement.lang === '{language}'")
    for path in PAGES:
        page.goto(site.url + path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert page.get_by_role("heading", level=1).count() == 1, path
        unlabelled = "[...document.querySelectorAll('input:not([type=hidden]), select, button, textarea')].filter("
        unlabelled += (
            "one => !one.labels?.length && !one.ariaLabel && !one.textContent.trim() && !one.ariaHidden).length"
        )
        assert page.evaluate(unlabelled) == 0, path
    page.goto(f"{site.url}/account")
    page.locator("select[name=language]").select_option("en")
    page.locator("form:has(select[name=language]) button").click()
    page.wait_for_function("document.documentElement.lang === 'en'")


def test_a_server_that_is_away_is_told_in_a_toast(visitor: Visitor) -> None:
    page = visitor.log_in()
    visitor.context.set_offline(True)
    page.get_by_role("button", name="Test connection").click()
    expect(page.locator(".toast-danger")).to_contain_text("cannot be reached")
    expect(page.get_by_role("button", name="Test connection")).to_be_enabled()
    visitor.context.set_offline(False)
    visitor.complaints.clear()
