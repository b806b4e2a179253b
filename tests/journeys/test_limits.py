"""Security, limits and the gauge, as an owner meets them; the link to share, as a visitor does."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from .conftest import DESK, PHONE, Opens

SAVE = "Save. Takes effect at once"


def _agent(page: Page) -> str:
    """The path of a new agent that talks in text."""
    page.goto("/agents/new/")
    page.get_by_role("button", name="Start empty").click()
    expect(page.get_by_role("heading", name="New agent", level=1)).to_be_visible()
    return re.sub(r"^https?://[^/]+", "", page.url)


def _card(page: Page, title: str) -> Page:
    return page.get_by_role("form", name=title)  # type: ignore[return-value]  # finds like a page


@pytest.fixture
def page(sign_in: Opens) -> Page:
    return sign_in(permissions=["clipboard-read", "clipboard-write"])


def test_a_card_saves_alone_and_what_is_typed_elsewhere_stays(page: Page):
    path = _agent(page)
    page.goto(f"{path}security/")
    page.evaluate("window.notReloaded = true")
    page.get_by_label("Address", exact=True).fill("https://desk.exa")

    who = _card(page, "Who may start?")
    who.get_by_role("switch", name="Only with a signed link").check()
    who.get_by_role("button", name=SAVE).click()

    expect(page.locator("#say")).to_have_text("Version 2 saved. It is live.")
    expect(page.locator("#saved")).to_contain_text("Version 2 saved")
    expect(who.get_by_text("Whoever has a signed link")).to_be_visible()
    expect(page.locator("[data-state]")).to_have_text("Version 2 answers now.")
    expect(page.get_by_label("Address", exact=True)).to_have_value("https://desk.exa")
    rights = _card(page, "What a page may change")
    rights.get_by_role("switch", name="Language").check()
    rights.get_by_role("button", name=SAVE).click()
    expect(page.locator("#saved")).to_contain_text("Version 3 saved")
    assert page.evaluate("window.notReloaded")


def test_a_refused_card_leads_to_its_field_and_keeps_the_rest(page: Page):
    path = _agent(page)
    page.goto(f"{path}limits/")

    page.get_by_label("At most", exact=True).check()
    page.get_by_label("At most at the same time").fill("a few")
    page.get_by_label("What visitors read when there is no room").fill("We are busy.")
    page.get_by_label("A day").fill("12")
    page.keyboard.press("Control+Enter")

    number = page.get_by_label("At most at the same time")
    expect(number).to_have_attribute("aria-invalid", "true")
    expect(number).to_be_focused()
    expect(number).to_have_value("a few")
    expect(page.locator("#at_once-error")).to_contain_text("Write a whole number")
    expect(page.get_by_label("A day")).to_have_value("12")
    number.fill("3")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#saved")).to_contain_text("Version 2 saved")
    expect(page.locator("#at_once-error")).to_have_count(0)


def test_the_gauge_follows_a_conversation_and_leaves_what_is_typed(page: Page):
    path = _agent(page)
    page.get_by_label("Name", exact=True).fill("Gauged one")
    page.get_by_role("button", name=SAVE).first.click()
    expect(page.get_by_role("heading", name="Gauged one", level=1)).to_be_visible()
    plan = page.context.new_page()
    plan.goto("/settings/plan/")
    plan.evaluate("window.notReloaded = true")
    words = plan.get_by_label("What visitors read when there is no room")
    words.fill("Half a sen")
    row = plan.locator("#gauge").get_by_role("row").filter(has_text="Gauged one")
    expect(row).to_have_count(0)

    page.get_by_label("Message to the agent").fill("Hello?")
    page.keyboard.press("Enter")

    expect(row.get_by_role("cell").first).to_have_text("1")
    expect(words).to_have_value("Half a sen")
    expect(words).to_be_focused()
    page.goto(f"{path}limits/")  # which ends the conversation
    expect(row.get_by_role("cell").first).to_have_text("0")
    assert plan.evaluate("window.notReloaded")


def test_sites_are_added_tried_and_removed_without_script_too(sign_in: Opens):
    page = sign_in(java_script_enabled=False)
    path = _agent(page)
    page.goto(f"{path}security/")

    page.get_by_label("Add a site").fill("https://Shop.example/help")
    page.get_by_role("button", name="Add site").click()

    expect(page.get_by_text("shop.example may talk to New agent now.")).to_be_visible()
    page.get_by_label("Would it be let in?").fill("https://www.shop.example")
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_text("No: www.shop.example is not in the list.")).to_be_visible()
    page.get_by_role("button", name="Remove shop.example").click()
    expect(page.get_by_text("No site is listed")).to_be_visible()
    page.get_by_role("switch", name="Only with a signed link").check()
    page.get_by_role("button", name=SAVE).first.click()
    expect(page.get_by_text("Version 4 saved. It is live.")).to_be_visible()


def test_a_link_to_share_lets_a_stranger_talk_until_it_is_revoked(page: Page, window: Opens):
    path = _agent(page)
    page.goto(f"{path}security/")
    page.get_by_label("Add a site").fill("shop.example")
    page.get_by_role("button", name="Add site").click()
    page.get_by_role("switch", name="Only with a signed link").check()
    page.get_by_role("button", name=SAVE).first.click()
    expect(page.locator("#saved")).to_contain_text("Version 3 saved")
    page.get_by_role("button", name="Make link").click()
    page.locator("#links").get_by_role("button", name="Copy").click()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.locator("#link").inner_text()

    stranger = window()
    stranger.goto(link)
    expect(stranger.get_by_role("heading", name="New agent", level=1)).to_be_visible()
    stranger.locator("elevenlabs-convai").get_by_role("button").first.click()
    box = stranger.locator("elevenlabs-convai").get_by_role("textbox").first
    box.fill("When are you open?")
    box.press("Enter")
    log = stranger.locator("elevenlabs-convai").get_by_role("log")
    expect(log).to_contain_text("The agent said:")
    expect(log.get_by_role("paragraph").last).not_to_be_empty()

    page.goto(f"{path}security/")
    page.get_by_role("button", name="Revoke link").click()
    expect(page.get_by_text("The link is revoked.").first).to_be_visible()
    answer = stranger.goto(link)
    assert answer
    assert answer.status == 404


def test_a_signed_link_is_made_without_losing_the_page(page: Page):
    path = _agent(page)
    page.goto(f"{path}security/")
    page.get_by_label("Add a site").fill("half.a.si")

    page.get_by_role("button", name="Sign a link").click()

    expect(page.locator("#signed-link")).to_contain_text("conversation_signature=")
    expect(page.get_by_label("Add a site")).to_have_value("half.a.si")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_nobody_is_shut_out_of_security_and_limits(
    sign_in: Opens, scheme: str, size: tuple[int, int]
):
    page = sign_in(size, color_scheme=scheme)
    path = _agent(page)
    page.goto(f"{path}security/")
    _accessible(page)
    for host in ("shop.example", "a-very-long-name-of-a-host-that-somebody-has.shop.example"):
        page.get_by_label("Add a site").fill(host)
        page.get_by_role("button", name="Add site").click()
        expect(page.get_by_role("button", name=f"Remove {host}")).to_be_visible()
    page.get_by_role("button", name="Make link").click()
    expect(page.locator("#link")).to_be_visible()
    page.get_by_role("button", name="Sign a link").click()
    expect(page.locator("#signed-link")).to_be_visible()
    page.get_by_label("Address", exact=True).fill("no address")
    _card(page, "Ask my server first").get_by_role("button", name=SAVE).click()
    expect(page.locator("#url-error")).to_be_visible()
    _accessible(page)
    page.get_by_label("Address", exact=True).fill("")
    _card(page, "Ask my server first").get_by_role("button", name=SAVE).click()
    expect(page.locator("#url-error")).to_have_count(0)
    for name in (f"{path}limits/", f"{path}advanced/", "/settings/plan/"):
        page.goto(name)
        _accessible(page)


def _accessible(page: Page) -> None:
    """No finding of axe, no sideways scroll, one heading of the first level."""
    found = Axe().run(page)
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
    assert page.viewport_size
    wide = page.evaluate("document.documentElement.scrollWidth") - page.viewport_size["width"]
    assert wide <= 0, f"{page.url} is {wide} px too wide"
    assert page.get_by_role("heading", level=1).count() == 1, page.url
