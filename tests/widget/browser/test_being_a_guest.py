"""On somebody else's page: keys, screens, policies, two scripts, attributes that change."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from .conftest import GREETING, Visits


def _launcher(page: Page) -> None:
    page.get_by_role("button", name="Need help? Ask us").click()


def test_everything_can_be_done_with_the_keyboard(visit: Visits) -> None:
    page = visit()
    launcher = page.get_by_role("button", name="Need help? Ask us")
    launcher.wait_for()
    box = page.get_by_label("Your message")

    page.keyboard.press("Tab")
    expect(launcher).to_be_focused()
    page.keyboard.press("Enter")
    expect(box).to_be_focused()
    page.keyboard.type("stub:echo one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    expect(box).to_have_value("stub:echo one\ntwo")
    page.keyboard.press("Enter")
    expect(page.locator(".entry.agent")).to_have_count(2)
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(launcher).to_be_focused()


def test_an_enter_that_ends_a_composition_sends_nothing(visit: Visits) -> None:
    page = visit()
    _launcher(page)
    box = page.get_by_label("Your message")
    box.fill("にほん")

    box.dispatch_event("keydown", {"key": "Enter", "isComposing": True})

    expect(box).to_have_value("にほん")
    expect(page.locator(".entry.user")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_axe_finds_nothing(visit: Visits, scheme: str, size: tuple[int, int]) -> None:
    page = visit(size=size, color_scheme=scheme, reduced_motion="reduce")
    _launcher(page)
    page.get_by_label("Your message").fill(
        "stub:echo a [link](/x), `code` and\n```\ncode\n```\nsaid"
    )
    page.keyboard.press("Enter")
    expect(page.locator(".entry.agent[data-state=done]")).to_have_count(2)
    page.get_by_role("button", name="End conversation").click()

    opened = Axe().run(page)
    page.keyboard.press("Escape")
    closed = Axe().run(page)

    assert opened.violations_count == 0, opened.generate_report()
    assert closed.violations_count == 0, closed.generate_report()


def _colour(page: Page) -> str:
    return str(page.locator(".panel").evaluate("one => getComputedStyle(one).backgroundColor"))


def test_the_look_follows_the_visitors_scheme(visit: Visits) -> None:
    light = visit(color_scheme="light")
    _launcher(light)
    dark = visit(color_scheme="dark")
    _launcher(dark)

    assert (_colour(light), _colour(dark)) == ("rgb(255, 255, 255)", "rgb(26, 28, 34)")


def test_the_pages_own_rules_win(visit: Visits) -> None:
    page = visit(
        "<style>elevenlabs-convai { --el-base: rgb(1, 2, 3) } html { font-size: 5px }</style>"
        "WIDGET SCRIPT"
    )
    _launcher(page)

    assert _colour(page) == "rgb(1, 2, 3)"
    assert page.locator(".panel").evaluate("one => getComputedStyle(one).fontSize") == "15px"


@pytest.mark.parametrize("size", [(390, 844), (320, 256)])
def test_on_a_phone_the_panel_is_the_screen(visit: Visits, size: tuple[int, int]) -> None:
    page = visit(size=size, reduced_motion="reduce")
    _launcher(page)

    box = page.get_by_role("dialog").bounding_box()
    assert box == {"x": 0, "y": 0, "width": size[0], "height": size[1]}
    field = page.get_by_label("Your message").bounding_box()
    assert field
    assert field["y"] + field["height"] <= size[1]
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    page.get_by_role("button", name="Close chat").click()
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_the_page_below_can_still_be_used(visit: Visits) -> None:
    page = visit("<button onclick=\"this.textContent='pressed'\">press</button>WIDGET SCRIPT")
    _launcher(page)

    page.get_by_role("button", name="press").click()

    expect(page.get_by_role("button", name="pressed")).to_be_visible()


def test_two_scripts_and_two_elements_get_along(visit: Visits) -> None:
    page = visit(
        "SCRIPT WIDGET<parley-agent agent-id=AGENT placement=bottom-left></parley-agent>"
        "SCRIPT<script type=module src=SERVER/convai-widget/index.mjs></script>"
    )

    expect(page.get_by_role("button", name="Need help? Ask us")).to_have_count(2)


def test_a_strict_content_policy_is_enough(visit: Visits) -> None:
    policy = "default-src 'none'; script-src SERVER; connect-src SERVER ws://127.0.0.1:*"
    page = visit(policy=policy)
    _launcher(page)
    page.get_by_label("Your message").fill("stub:echo one")
    page.keyboard.press("Enter")

    expect(page.locator(".entry.agent .bubble").nth(1)).to_contain_text("one")
    assert page.locator(".panel").evaluate("one => getComputedStyle(one).borderRadius") == "18px"


def test_a_merged_script_still_finds_the_server(visit: Visits) -> None:
    page = visit(
        "<elevenlabs-convai agent-id=AGENT></elevenlabs-convai><script type=module>"
        "const code = await (await fetch('SERVER/convai-widget-embed')).text();"
        "const inline = document.createElement('script'); inline.textContent = code;"
        "document.body.append(inline)</script>"
    )

    expect(page.get_by_role("button", name="Need help? Ask us")).to_be_visible()


def test_attributes_may_change_at_any_time(visit: Visits) -> None:
    page = visit()
    _launcher(page)
    with page.expect_websocket() as opened:
        page.get_by_label("Your message").fill("stub:echo one")
        page.keyboard.press("Enter")
    expect(page.locator(".entry.agent")).to_have_count(2)

    page.evaluate(
        """const element = document.querySelector('elevenlabs-convai')
           element.setAttribute('placement', 'top-left')
           element.setAttribute('text-contents', '{"main_label": "Questions?"}')"""
    )

    expect(page.get_by_role("dialog", name="Questions?")).to_be_visible()
    box = page.get_by_role("dialog").bounding_box()
    assert box
    assert box["x"] == 32
    assert not opened.value.is_closed()
    expect(page.locator(".entry.agent")).to_have_count(2)


def test_another_agent_starts_afresh(visit: Visits) -> None:
    page = visit()
    _launcher(page)
    with page.expect_websocket() as opened:
        page.get_by_label("Your message").fill("stub:echo one")
        page.keyboard.press("Enter")
    expect(page.locator(".entry.agent")).to_have_count(2)

    with opened.value.expect_event("close"):
        page.evaluate("""const element = document.querySelector('elevenlabs-convai')
            element.setAttribute('override-first-message', 'Hello from {{place}}')
            element.setAttribute('dynamic-variables', '{"place": "elsewhere"}')
            element.setAttribute('agent-id', element.getAttribute('agent-id') + ' ')""")

    expect(page.locator(".entry.agent")).to_have_count(1)
    expect(page.locator(".entry.agent")).to_contain_text("Hello from elsewhere")


def test_an_unknown_agent_shows_nothing_and_tells_the_author(visit: Visits) -> None:
    page = visit("<elevenlabs-convai></elevenlabs-convai>SCRIPT")

    with page.expect_console_message(lambda said: "[parley]" in said.text) as said:
        page.evaluate(
            "document.querySelector('elevenlabs-convai').setAttribute('agent-id', 'nobody')"
        )

    assert "404 for agent nobody" in said.value.text
    assert page.locator("elevenlabs-convai").evaluate("one => one.shadowRoot") is None


def test_always_expanded_has_no_launcher_and_takes_no_focus(visit: Visits) -> None:
    page = visit(
        "<elevenlabs-convai agent-id=AGENT always-expanded=true></elevenlabs-convai>SCRIPT"
    )

    expect(page.get_by_text(GREETING)).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.locator("button.launch")).to_be_hidden()
    assert page.evaluate("document.activeElement === document.body")


def test_the_page_opens_and_speaks_by_events(visit: Visits) -> None:
    page = visit("<elevenlabs-convai agent-id=AGENT allow-events=true></elevenlabs-convai>SCRIPT")
    page.get_by_role("button", name="Need help? Ask us").wait_for()

    page.evaluate(
        """const tell = (to, name, detail) =>
             to.dispatchEvent(new CustomEvent(`elevenlabs-agent:${name}`, {detail}))
           tell(document, 'expand', {action: 'toggle'})
           tell(document.querySelector('elevenlabs-convai'), 'user-message',
                {message: 'stub:echo by event'})"""
    )

    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.locator(".entry.agent .bubble").nth(1)).to_contain_text("by event")
