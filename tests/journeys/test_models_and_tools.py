"""A model that the workspace brings, and a tool that it calls, seen in the test chat."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.boot.running import Running

from .conftest import Opens

WEATHER = {
    "type": "client",
    "name": "weather",
    "description": "The weather at the harbour.",
    "expects_response": True,
    "parameters": {"type": "object", "properties": {"day": {"type": "string", "description": "?"}}},
}


@pytest.fixture
def page(sign_in: Opens, model: str) -> Iterator[Page]:
    """The models' page after adding one; it goes away again, as other journeys share the server."""
    page = sign_in()
    page.goto("/settings/models/")
    page.get_by_label("Model", exact=True).fill("stub")
    page.get_by_label("Address").fill(model)
    page.get_by_label("Key").fill("sk-hush-hush")
    page.get_by_role("button", name="Add model").click()
    expect(page.get_by_text("stub is saved.").last).to_be_visible()
    yield page
    page.goto("/settings/models/")
    page.get_by_role("link", name="Edit stub").click()
    page.get_by_text("Remove model").click()
    page.get_by_role("button", name="Remove stub").click()
    expect(page.get_by_text("stub and its key are removed.").last).to_be_visible()


def test_a_model_is_checked_before_anybody_talks_to_it(page: Page):
    page.get_by_role("button", name="Check stub").click()

    expect(page.get_by_text("Works: first word in")).to_be_visible()
    assert "sk-hush-hush" not in page.content()


def test_a_tool_of_the_page_is_shown_and_the_answer_goes_on(page: Page, server: Running):
    told = {
        "agent": {"prompt": {"prompt": "Be kind.", "llm": "stub", "tools": [WEATHER]}},
        "conversation": {"text_only": True},
    }
    made = page.request.post(
        "/v1/convai/agents/create",
        headers={"xi-api-key": server.api_key},
        data={"name": "Weather desk", "conversation_config": told},
    ).json()
    page.goto(f"/agents/{made['agent_id']}/")
    expect(page.locator("#llm")).to_have_value("stub")

    page.get_by_label("Message to the agent").fill('tool:weather {"day": "Sunday"}')
    page.keyboard.press("Enter")

    tool = page.locator(".p-did")
    expect(tool).to_contain_text("weather")
    expect(tool).to_contain_text("Needs your page")
    tool.locator("summary").click()
    expect(tool.locator("[data-sent]")).to_have_text('{"day":"Sunday"}')
    expect(page.locator(".p-did ~ .p-said:not(.p-typing)")).to_contain_text("The tool said:")
    record = str(page.get_by_role("link", name="Open it").get_attribute("href"))
    page.goto(record)
    expect(page.locator(".p-turn .p-did")).to_contain_text("Failed")
