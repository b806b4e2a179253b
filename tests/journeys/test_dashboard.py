"""From an empty agent to a judged conversation, as a person does it; with and without script."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from .conftest import DESK, PHONE, Opens

DEMO = "Harbour Helper"


def _make_agent(page: Page) -> None:
    page.goto("/agents/new/")
    page.get_by_role("button", name="Start empty").click()
    expect(page.get_by_role("heading", name="New agent", level=1)).to_be_visible()


def _ask(page: Page, words: str) -> None:
    page.get_by_label("Message to the agent").fill(words)
    page.keyboard.press("Enter")


def _demo(page: Page) -> None:
    page.goto("/agents/")
    page.get_by_role("main").get_by_role("link", name=DEMO).click()
    expect(page.get_by_role("heading", name=DEMO, level=1)).to_be_visible()


def test_a_save_takes_effect_in_the_chat_beside_it_without_a_reload(sign_in: Opens):
    page = sign_in()
    _make_agent(page)
    page.evaluate("window.notReloaded = true")

    page.get_by_label("First message").fill("Hello from the harbour!")
    page.get_by_label("Name", exact=True).fill("Dock desk")
    page.get_by_role("button", name="Save. Takes effect at once").first.click()

    expect(page.locator("#saved")).to_contain_text("Version 2 saved")
    expect(page.locator("#say")).to_have_text("Version 2 saved. It is live.")
    expect(page.get_by_role("heading", name="Dock desk", level=1)).to_be_visible()
    expect(page.locator("[data-log]")).to_contain_text("Hello from the harbour!")
    expect(page.locator("[data-state]")).to_have_text("Version 2 answers now.")
    assert page.evaluate("window.notReloaded")


def test_a_refused_save_marks_the_field_and_keeps_every_text(sign_in: Opens):
    page = sign_in()
    _make_agent(page)

    page.get_by_role("textbox", name="Instructions").fill("# Who\nBe kind to {{first_name}}.")
    page.get_by_label("Name", exact=True).fill("")
    page.keyboard.press("Control+Enter")

    name = page.get_by_label("Name", exact=True)
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_be_focused()
    expect(page.locator("#name-error")).to_have_text(
        "Write a name. Visitors and colleagues see it."
    )
    expect(page.get_by_role("textbox", name="Instructions")).to_have_value(
        "# Who\nBe kind to {{first_name}}."
    )
    expect(page.locator(".p-prompt mark.miss")).to_have_text("{{first_name}}")
    name.fill("Kind one")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#saved")).to_contain_text("Version 2 saved")
    expect(page.locator("#name-error")).to_have_count(0)


def test_a_question_is_answered_and_its_analysis_appears_without_reloading(sign_in: Opens):
    page = sign_in()
    _demo(page)
    assert page.locator("[data-record]").is_hidden(), "looking makes no conversation"

    _ask(page, "When are you open on Sundays?")

    answer = page.locator(".p-said--visitor ~ .p-said:not(.p-typing)")
    expect(answer).to_contain_text("From:")
    expect(page.locator(".p-said")).to_have_count(3)
    expect(page.locator("#say")).to_contain_text("From:")
    address = page.get_by_role("link", name="Open it").get_attribute("href")
    assert address
    record = page.context.new_page()
    record.goto(address)
    expect(record.get_by_role("heading", name="Still talking")).to_be_visible()
    record.evaluate("window.notReloaded = true")

    page.get_by_role("button", name="Start again").click()

    expect(record.get_by_role("heading", name="Summary")).to_be_visible()
    expect(record.get_by_role("heading", name="Verdicts")).to_be_visible()
    expect(record.locator("#say")).to_contain_text("Judged:")
    expect(record.locator("#beat")).to_have_count(0)
    assert record.evaluate("window.notReloaded")
    record.locator("summary.p-src").first.click()
    expect(record.locator(".p-srcs ol li").first).to_be_visible()


def test_a_refusal_is_read_as_a_sentence(sign_in: Opens):
    page = sign_in()
    _demo(page)
    agent_id = page.url.rstrip("/").split("/")[-1]
    forged = f"/v1/convai/conversation?agent_id={agent_id}&conversation_signature=forged"
    page.route("**/test-chat/", lambda route: route.fulfill(json={"address": forged}))

    _ask(page, "Hello?")

    expect(page.locator(".p-ended")).to_have_text(
        "This link is no longer valid. Please reload the page."
    )
    expect(page.locator("[data-state]")).to_contain_text("Ask again")
    page.unroute("**/test-chat/")
    _ask(page, "When are you open on Sundays?")
    expect(page.locator(".p-said--visitor ~ .p-said:not(.p-typing)")).to_contain_text("From:")


def test_polling_rests_while_the_page_is_in_the_background(sign_in: Opens):
    page = sign_in()
    _demo(page)
    _ask(page, "When are you open on Sundays?")
    expect(page.get_by_role("link", name="Open it")).to_be_visible()
    record = page.context.new_page()
    record.goto(str(page.get_by_role("link", name="Open it").get_attribute("href")))
    polls: list[str] = []
    record.on("request", lambda request: polls.append(request.url))
    record.wait_for_timeout(2600)
    assert polls

    record.evaluate("Object.defineProperty(document, 'hidden', {value: true})")
    record.wait_for_timeout(300)
    polls.clear()
    record.wait_for_timeout(4500)

    assert polls == []


def test_everything_but_the_chat_works_without_script(sign_in: Opens):
    page = sign_in(java_script_enabled=False)

    _make_agent(page)
    page.get_by_label("Name", exact=True).fill("Plain desk")
    page.get_by_label("First message").fill("Hello from the harbour!")
    page.get_by_role("button", name="Save. Takes effect at once").first.click()

    expect(page.get_by_text("Version 2 saved. It is live.")).to_be_visible()
    expect(page.get_by_role("heading", name="Plain desk", level=1)).to_be_visible()
    page.goto("/conversations/")
    page.get_by_text("Filter", exact=True).click()
    page.get_by_role("link", name="Talking now", exact=True).click()
    expect(page.get_by_text("Result is Talking now")).to_be_visible()


def test_on_a_phone_the_side_is_a_drawer_and_the_chat_a_sheet(sign_in: Opens):
    page = sign_in(PHONE)
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()

    _demo(page)
    page.get_by_role("button", name="Try it in the test chat").click()
    _ask(page, "When are you open on Sundays?")
    expect(page.locator(".p-said--visitor ~ .p-said:not(.p-typing)")).to_contain_text("From:")
    page.get_by_role("button", name="Close test chat").click()
    expect(page.get_by_role("complementary", name="Test chat")).to_be_hidden()


def test_a_new_key_is_copied_as_it_stands(sign_in: Opens):
    page = sign_in(permissions=["clipboard-read", "clipboard-write"])
    page.goto("/settings/api-keys/")
    page.get_by_label("What is it for?").fill("Shop backend")
    page.get_by_role("button", name="Make key").click()

    page.get_by_role("button", name="Copy").click()

    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#new-key").inner_text()


PAGES = [
    "/agents/",
    "/agents/new/",
    "/agents/new/calcom/",
    "/conversations/",
    "/conversations/?result=failed",
    "/settings/models/",
    "/settings/api-keys/",
    "/nothing-here/",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_nobody_is_shut_out(sign_in: Opens, scheme: str, size: tuple[int, int]):
    page = sign_in(size, color_scheme=scheme)
    _demo(page)
    if size == PHONE:
        _accessible(page)
        page.get_by_role("button", name="Try it in the test chat").click()
    _ask(page, "When are you open on Sundays?")
    expect(page.locator(".p-said--visitor ~ .p-said:not(.p-typing)")).to_contain_text("From:")
    _accessible(page)
    record = str(page.get_by_role("link", name="Open it").get_attribute("href"))

    for path in [*PAGES, record, "/account/logout/"]:
        page.goto(path)
        _accessible(page)
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    _accessible(page)


def _accessible(page: Page) -> None:
    """No finding of axe, no sideways scroll, one heading of the first level."""
    found = Axe().run(page)
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
    # A phone makes its window as wide as what sticks out; the screen stays as it is.
    assert page.viewport_size
    wide = page.evaluate("document.documentElement.scrollWidth") - page.viewport_size["width"]
    assert wide <= 0, f"{page.url} is {wide} px too wide"
    assert page.get_by_role("heading", level=1).count() == 1, page.url
    assert re.search(r"Parley", page.title()), page.url
