"""The API reference, drawn by a real browser under the strict policy of our pages."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.boot.running import Running

from .conftest import PHONE, Opens


def test_the_routes_are_read_without_signing_in(window: Opens) -> None:
    page = window(PHONE)

    page.goto("/docs/api/")

    expect(page.locator("#operations-tag-Agents")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_route_is_tried_with_a_key(window: Opens, server: Running) -> None:
    page = window()
    page.goto("/docs/api/")
    page.get_by_role("button", name="Authorize").click()
    page.locator(".auth-container input").fill(server.api_key)
    page.locator(".auth-btn-wrapper .authorize").click()
    page.locator(".btn-done").click()

    route = page.locator("#operations-Account-account_user")
    route.locator(".opblock-summary-control").click()
    route.get_by_role("button", name="Try it out").click()
    route.get_by_role("button", name="Execute").click()

    expect(route.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
