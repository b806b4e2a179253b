"""A new owner walks through every page: an agent, what it knows and can do, its versions."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .conftest import DESK, PHONE, Opens
from .test_dashboard import _accessible

SMALLEST = (320, 640)
PAGES = [
    "/knowledge/",
    "/knowledge/new/url/",
    "/knowledge/new/file/",
    "/knowledge/new/text/",
    "/knowledge/new/folder/",
    "/tools/",
    "/tools/new/",
    "/tools/new/?type=client",
    "/settings/secrets/",
    "/settings/webhooks/",
    "/settings/api-keys/",
    "/settings/audit/",
]
LONG = "create_ticket_in_the_international_customer_service_desk_hamburg"


def _walk(page: Page, secret: str) -> str:
    """From nothing to an agent that has a document and a tool with a secret; its address."""
    page.goto("/settings/secrets/")
    page.get_by_label("Name", exact=True).fill(secret)
    page.get_by_label("Key", exact=True).fill("hush-hush")
    page.get_by_role("button", name="Keep secret").click()
    page.goto("/agents/new/")
    page.get_by_role("button", name="Start empty").click()
    expect(page.get_by_role("heading", name="New agent", level=1)).to_be_visible()
    address = page.url
    tabs = page.get_by_role("navigation", name="Agent", exact=True)
    tabs.get_by_role("link", name="Knowledge").click()
    page.get_by_role("link", name="Write a text").click()
    page.get_by_label("Text").fill("# Tours\nRoastery tours begin on Friday at three.")
    page.get_by_label("Name").fill("Roastery tours für alle, die Kaffee mögen")
    page.get_by_role("button", name="Add text").click()
    expect(tabs.get_by_role("link", name="Knowledge 1")).to_be_visible()
    tabs.get_by_role("link", name="Tools").click()
    page.get_by_role("link", name="New tool").click()
    page.get_by_label("Name", exact=True).fill(LONG)
    page.get_by_label("When should the agent use it?").fill("Opens a ticket.")
    page.get_by_label("Method and address").fill("https://desk.example/tickets")
    page.get_by_label("Header 1: name").fill("Authorization")
    source = page.get_by_label("Header 1: where the value comes from")
    source.select_option(label=f"secret: {secret}")
    page.get_by_role("button", name="Save. Takes effect at once").click()
    expect(tabs.get_by_role("link", name="Tools 1")).to_be_visible()
    return address


def test_an_agent_learns_talks_and_goes_back(sign_in: Opens) -> None:
    page = sign_in()
    address = _walk(page, "Shop")

    page.get_by_label("Message to the agent").fill("When do the roastery tours begin?")
    page.keyboard.press("Enter")
    expect(page.locator(".p-said--visitor ~ .p-said:not(.p-typing)")).to_contain_text("three")

    page.goto(f"{address}versions/")
    page.get_by_role("button", name="Restore version 1").click()
    tabs = page.get_by_role("navigation", name="Agent", exact=True)
    expect(tabs.get_by_role("link", name="Versions 4")).to_be_visible()
    expect(tabs.get_by_role("link", name="Tools", exact=True)).to_be_visible()
    assert "hush-hush" not in page.content()


def test_a_picture_that_is_none_is_refused_beside_its_field(sign_in: Opens, tmp_path: Path) -> None:
    page = sign_in()
    page.goto("/agents/new/")
    page.get_by_role("button", name="Start empty").click()
    (tmp_path / "face.png").write_text("no picture")

    page.get_by_label("Picture").set_input_files(tmp_path / "face.png")
    page.get_by_role("button", name="Add picture").click()

    expect(page.get_by_label("Picture")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Picture")).to_be_focused()
    expect(page.locator("#avatar-error")).to_contain_text("PNG, JPEG, GIF or WebP")


def test_a_question_and_a_menu_close_by_escape_and_give_the_focus_back(sign_in: Opens) -> None:
    page = sign_in()
    page.goto("/agents/new/")
    page.get_by_role("button", name="Start empty").click()
    for asks in ("Delete agent", "Add"):
        page.wait_for_load_state()
        summary = page.locator("summary").filter(has_text=asks)
        summary.focus()
        page.keyboard.press("Enter")
        expect(page.locator("details[open]")).to_have_count(1)

        page.keyboard.press("Escape")

        expect(page.locator("details[open]")).to_have_count(0)
        expect(summary).to_be_focused()
        page.goto("/knowledge/")


def test_the_chat_of_a_phone_closes_by_escape_and_gives_the_focus_back(sign_in: Opens) -> None:
    page = sign_in(PHONE)
    page.get_by_role("main").get_by_role("link", name="Harbour Helper").click()
    page.get_by_role("button", name="Try it in the test chat").click()
    expect(page.get_by_label("Message to the agent")).to_be_focused()

    page.keyboard.press("Escape")

    expect(page.get_by_role("complementary", name="Test chat")).to_be_hidden()
    expect(page.get_by_role("button", name="Try it in the test chat")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_no_page_shuts_anybody_out(sign_in: Opens, scheme: str, size: tuple[int, int]) -> None:
    page = sign_in(DESK, color_scheme=scheme)
    errors: list[str] = []
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    kept = f"Desk {scheme} {size[0]}"
    address = _walk(page, kept)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    tool = page.get_by_role("link", name=LONG).get_attribute("href")
    page.goto(f"{address}knowledge/")
    document = page.get_by_role("link", name="Roastery tours").first.get_attribute("href")
    page.goto("/settings/secrets/")
    secret = page.get_by_role("link", name=f"Replace {kept}").first.get_attribute("href")
    tabs = [f"{address}{tab}" for tab in ("", "knowledge/", "tools/", "versions/", "versions/2/")]

    for path in [*PAGES, *tabs, tool, document, secret]:
        page.goto(str(path))
        _accessible(page)

    assert errors == []
    if (scheme, size) == ("light", PHONE):
        _narrow(page, [*PAGES, *tabs, str(tool), str(document), str(secret), "/docs/api/"])


def _narrow(page: Page, paths: list[str]) -> None:
    """Nothing sticks out of the smallest screen."""
    page.set_viewport_size({"width": SMALLEST[0], "height": SMALLEST[1]})
    for path in paths:
        page.goto(path)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= SMALLEST[0], f"{path} is {wide} px wide"
