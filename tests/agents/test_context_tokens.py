"""A speaker knows its model's name and how much it can read."""

from __future__ import annotations

from dashboard.agents import revising
from dashboard.agents.llm_catalog import context_tokens
from dashboard.agents.speaker import speaker_for
from dashboard.workspaces.models import ModelBackend, User, Workspace


def test_a_brief_names_the_model_and_its_room(workspace: Workspace, ada: User) -> None:
    ModelBackend.objects.create(workspace=workspace, kind="anthropic", model="claude-haiku-4-5")
    config = {"agent": {"prompt": {"llm": "claude-haiku-4-5"}}}
    casting = speaker_for(revising.create(workspace, ada, conversation_config=config).told)

    brief, german = casting.speaker.brief, casting.brief_in("de")

    assert (brief.model, brief.context_tokens) == ("claude-haiku-4-5", 200_000)
    assert (german.model, german.context_tokens) == ("claude-haiku-4-5", 200_000)


def test_revisions_and_gateways_have_their_familys_room() -> None:
    assert context_tokens("gpt-4o-2024-08-06") == 128_000
    assert context_tokens("openai/gpt-4o") == 128_000
    assert context_tokens("claude-sonnet-4-5-20250929") == 200_000
    assert context_tokens("somebody/unheard-of") == 0
