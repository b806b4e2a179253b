"""The browser SDK in Node: who may start, and what a page may bring along."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stand_ins.listening_model import everything

from .browser_sdk import Play, Refused, Talk
from .in_node import needs_node
from .live_place import KINDS, Place

pytestmark = [needs_node, pytest.mark.xdist_group("live sdk")]
LOCKED = {"auth": {"enable_auth": True}}
ALL_OPEN = {
    "overrides": {
        "conversation_config_override": {
            "agent": {"first_message": True, "language": True, "prompt": {"prompt": True}}
        }
    }
}
QUIET = {"turn_timeout": -1}


def refusal(place: Place, node: Play, agent_id: str, **options: Any) -> Refused:
    with pytest.raises(Refused) as told:
        place.browser(node, agent_id, **options)
    return told.value


@pytest.fixture(params=["uvicorn", "daphne"])
def any_place(request: pytest.FixtureRequest) -> Place:
    name = "place" if request.param == "uvicorn" else "daphne_place"
    found: Place = request.getfixturevalue(name)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_which_agents_chat_with_a_page_on_either_server(
    any_place: Place, node: Play, kind: str
) -> None:
    agent_id = any_place.agent_of(kind)

    if kind == KINDS[2]:
        no = refusal(any_place, node, agent_id)
        assert (no.name, no.code) == ("SessionConnectionError", 1008)
        assert "'conversation.text_only' is not allowed" in no.message
        assert no.message == no.reason
    else:
        talk = any_place.browser(node, agent_id)
        talk.until("onMessage")
        assert talk.asks("stub:echo hello") == "stub:echo hello"
        talk.end()


def test_an_agent_behind_a_lock_opens_for_a_signed_address(place: Place, node: Play) -> None:
    agent_id = place.agent(LOCKED)

    no = refusal(place, node, agent_id)
    talk = Talk(node, signedUrl=place.signed_url(agent_id), textOnly=True)
    talk.until("onMessage")

    assert no.code == 1008
    assert "signed" in no.message
    talk.end()
    assert place.ended(talk.id)["metadata"]["authorization_method"] == "signed_url"


def test_an_address_with_a_conversation_in_it_opens_once(place: Place, node: Play) -> None:
    signed_url = place.signed_url(place.agent(LOCKED), include_conversation_id=True)

    talk = Talk(node, signedUrl=signed_url, textOnly=True)
    talk.end()
    with pytest.raises(Refused) as again:
        Talk(node, signedUrl=signed_url, textOnly=True)

    assert f"conversation_id={talk.id}" in signed_url
    assert again.value.code == 1008
    assert "used" in again.value.message


def test_a_spoilt_signature_is_refused(place: Place, node: Play) -> None:
    signed_url = place.signed_url(place.agent(LOCKED))

    with pytest.raises(Refused) as no:
        Talk(node, signedUrl=signed_url[:-3] + "AAA", textOnly=True)

    assert no.value.code == 1008


def test_variables_fill_what_the_agent_says_and_knows(place: Place, node: Play) -> None:
    agent = {
        "first_message": "Hello {{name}}, {{points}} points!",
        "prompt": {"prompt": "The visitor's plan is {{plan}}."},
        "dynamic_variables": {"dynamic_variable_placeholders": {"plan": "GOLD"}},
    }
    agent_id = place.agent(agent=agent, turn=QUIET)

    talk = place.browser(node, agent_id, dynamicVariables={"name": "Ada", "points": 7})
    greeting = talk.until("onMessage")["message"]
    talk.asks("stub:echo which plan?")
    no = refusal(place, node, agent_id, dynamicVariables={"name": "Ada"})

    assert greeting == "Hello Ada, 7 points!"
    assert "plan is GOLD" in everything(place.heard("which plan?"))
    assert no.code == 1008
    assert "points" in no.message
    talk.end()


def test_a_page_may_bring_words_of_its_own_where_it_has_leave(place: Place, node: Play) -> None:
    wishes = {"firstMessage": "Moin!", "prompt": {"prompt": "Answer as a SAILOR."}}

    talk = place.browser(
        node, place.agent(ALL_OPEN, turn=QUIET), overrides={"agent": wishes}, userId="visitor ø"
    )
    greeting = talk.until("onMessage")["message"]
    talk.asks("stub:echo ahoy?")
    talk.end()

    assert greeting == "Moin!"
    assert "SAILOR" in everything(place.heard("ahoy?"))
    found = place.ended(talk.id)
    assert found["user_id"] == "visitor ø"
    told = found["conversation_initiation_client_data"]["conversation_config_override"]
    assert told["agent"]["first_message"] == "Moin!"


@pytest.mark.parametrize(
    ("wishes", "named"),
    [
        ({"firstMessage": "Moin!"}, "agent.first_message"),
        ({"prompt": {"prompt": "Be rude."}}, "agent.prompt.prompt"),
        ({"language": "de"}, "agent.language"),
    ],
)
def test_without_leave_the_refusal_names_the_field(
    place: Place, node: Play, wishes: dict[str, Any], named: str
) -> None:
    no = refusal(place, node, place.agent(), overrides={"agent": wishes})

    assert no.code == 1008
    assert no.message == f"Override for field '{named}' is not allowed by config."


def test_what_is_so_anyway_needs_no_leave(place: Place, node: Play) -> None:
    talk = place.browser(node, place.agent(), overrides={"agent": {"language": "en"}})

    assert talk.until("onMessage")
    talk.end()


def test_the_greeting_is_in_the_language_that_the_page_asks_for(place: Place, node: Play) -> None:
    german = {"de": {"overrides": {"agent": {"first_message": "Guten Tag!"}}}}
    agent_id = place.agent(ALL_OPEN, language_presets=german)

    talk = place.browser(node, agent_id, overrides={"agent": {"language": "de"}})

    assert talk.until("onMessage")["message"] == "Guten Tag!"
    talk.end()
    assert place.ended(talk.id)["metadata"]["main_language"] == "de"


def test_wishes_for_the_model_pass_only_with_leave(place: Place, node: Play) -> None:
    body = {"shop": "harbour"}

    no = refusal(place, node, place.agent(), customLlmExtraBody=body)
    leave = {"overrides": {"custom_llm_extra_body": True}}
    talk = place.browser(node, place.agent(leave, turn=QUIET), customLlmExtraBody=body)
    talk.until("onMessage")
    talk.end()

    assert no.code == 1008
    assert "custom_llm_extra_body" in no.message
    told = place.ended(talk.id)["conversation_initiation_client_data"]
    assert told["custom_llm_extra_body"] == body


def test_the_on_premises_mode_is_refused_in_words(place: Place, node: Play) -> None:
    with pytest.raises(Refused) as no:
        Talk(
            node,
            orchestrator={"url": f"{place.ws}/v1/convai/conversation", "agentConfig": {}},
            textOnly=True,
        )

    assert no.value.code == 1008
    assert "enclave_setup_config" in no.value.message
