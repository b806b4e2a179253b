"""What a new agent can begin as: nothing, the workspace's documents, or something ready-made."""

from __future__ import annotations

from django.test import Client

from dashboard.knowledge.models import KnowledgeDocument
from dashboard.workspaces import vault
from dashboard.workspaces.models import User, Workspace


def test_a_click_makes_an_agent_that_knows_every_document(
    adas: Client, workspace: Workspace, ada: User
):
    KnowledgeDocument.objects.create(workspace=workspace, name="Shipping", content="To Norway.")

    answer = adas.post("/agents/new/", {"start": "documents"}, follow=True)

    made = workspace.agents.get()
    assert answer.redirect_chain == [(f"/agents/{made.pk}/", 302)]
    assert made.name == "Harbour Coffee Helper"
    assert made.made_by == ada
    assert [one["name"] for one in made.told.part("agent", "prompt", "knowledge_base")] == [
        "Shipping"
    ]
    assert "Shipping" in adas.get(f"/agents/{made.pk}/knowledge/").content.decode()


def test_starting_empty_is_empty(adas: Client, workspace: Workspace):
    adas.post("/agents/new/", {"start": "empty"})

    told = workspace.agents.get().told
    assert told.part("agent") is None
    assert told.part("conversation", "text_only") is True


def test_an_unknown_start_shows_the_cards_again(adas: Client, workspace: Workspace):
    page = adas.post("/agents/new/", {"start": "moon"}).content.decode()

    assert "What should it do?" in page
    assert not workspace.agents.exists()


def test_a_ready_made_agent_asks_and_seals_what_is_secret(adas: Client, workspace: Workspace):
    typed = {"calcom_key": "cal_live_hush", "calcom_event_types": "15 minutes: 1351800"}

    answer = adas.post("/agents/new/calcom/", typed, follow=True)

    made, secret = workspace.agents.get(), workspace.secrets.get()
    assert answer.redirect_chain == [(f"/agents/{made.pk}/", 302)]
    assert vault.reveal(secret) == "Bearer cal_live_hush"
    assert secret.pk in str(made.told.conversation_config)
    assert "cal_live_hush" not in str(made.told.conversation_config)
    assert "cal_live_hush" not in answer.content.decode()


def test_a_refused_form_never_gives_a_secret_back(adas: Client, workspace: Workspace):
    typed = {"calcom_key": "cal_live_hush", "calcom_event_types": "none"}

    answer = adas.post("/agents/new/calcom/", typed)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "cal_live_hush" not in page
    assert "none</textarea>" in page
    assert "This does not look right" in page
    assert not workspace.secrets.exists()


def test_an_unknown_ready_made_agent_leads_to_the_cards(adas: Client):
    assert adas.get("/agents/new/moon/")["Location"] == "/agents/new/"
