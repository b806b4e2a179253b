"""Every ready-made agent is whole: what it asks for is used, and a guide says where it is found."""

from __future__ import annotations

import pytest

from dashboard.agents.tool_documents import WebhookTool, tools_of
from dashboard.integrations.catalog import starting_point, starting_points
from dashboard.integrations.starting_point import StartingPoint, basic, bearer


@pytest.mark.parametrize("point", starting_points(), ids=lambda point: point.key)
def test_a_starting_point_uses_all_that_it_asks_for(point: StartingPoint) -> None:
    given = {need.key: f"given-for-{need.key}" for need in point.needs}

    config = point.conversation_config(given)

    assert all(value in str(config) for value in given.values())
    assert "[[" not in str(config)
    found = tools_of(config)
    assert found.troubles == ()
    secrets = {given[need.key] for need in point.needs if need.secret}
    webhooks = [tool for tool in found.tools if isinstance(tool, WebhookTool)]
    assert all(set(tool.secret_ids.values()) == secrets for tool in webhooks)
    assert "end_call" in [tool.spec.name for tool in found.tools]
    for tool in webhooks:
        assert tool.spec.name in point.guide
        assert tool.spec.name in config["agent"]["prompt"]["prompt"]


def test_a_starting_point_is_found_by_its_key() -> None:
    assert [starting_point(point.key) for point in starting_points()] == starting_points()
    assert starting_point("nowhere") is None


def test_the_word_before_a_key_is_added_once() -> None:
    assert bearer(" cal_live_1\n") == "Bearer cal_live_1"
    assert bearer("bearer cal_live_1") == "bearer cal_live_1"
    assert basic("ada:pass") == "Basic YWRhOnBhc3M="
    assert basic("Basic YWRhOnBhc3M=") == "Basic YWRhOnBhc3M="
