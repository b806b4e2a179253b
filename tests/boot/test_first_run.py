"""A first start leaves everything that a newcomer needs; later ones change only what is asked."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard import first_run
from dashboard.agents import revising
from dashboard.agents.models import Agent
from dashboard.knowledge.models import Passage
from dashboard.workspaces.access import key_named
from dashboard.workspaces.models import ApiKey, AuditEntry, User, Workspace

pytestmark = pytest.mark.django_db


def test_a_first_start_makes_an_owner_a_key_and_an_agent_that_knows_something() -> None:
    welcome = first_run.seed()

    workspace = Workspace.objects.get()
    owner = User.objects.get(email=welcome.email)
    agent = Agent.objects.get()
    assert workspace.owner == owner
    assert owner.check_password(welcome.password)
    key = key_named(welcome.api_key)
    assert key is not None
    assert key.workspace == workspace
    assert agent.workspace == workspace
    assert agent.told.part("conversation", "text_only") is True
    known = agent.told.part("agent", "prompt", "knowledge_base")
    assert {entry["id"] for entry in known} == set(workspace.documents.values_list("id", flat=True))
    assert Passage.objects.filter(document__workspace=workspace).count() >= len(known) > 0
    assert len(agent.told.platform_settings["evaluation"]["criteria"]) == 2
    assert len(agent.told.platform_settings["data_collection"]) == 2


def test_what_was_made_can_be_read_again_by_the_operator_alone() -> None:
    welcome = first_run.seed()

    text = first_run.kept_in().read_text()
    assert welcome.password in text
    assert welcome.api_key in text
    assert first_run.kept_in().stat().st_mode & 0o077 == 0


def test_a_second_start_changes_nothing_and_tells_no_secret() -> None:
    first = first_run.seed()
    before = _everything()

    second = first_run.seed()

    assert _everything() == before
    assert second.email == first.email
    assert (second.password, second.api_key) == ("", "")


def test_a_demo_agent_that_was_taken_away_stays_away() -> None:
    first_run.seed()
    revising.retire(Agent.objects.get())

    first_run.seed()

    assert not Agent.objects.exists()
    assert Agent.all_objects.count() == 1


def test_fixed_credentials_are_used_and_written_nowhere(settings: Any) -> None:
    settings.ADMIN_EMAIL, settings.ADMIN_PASSWORD = "Grace@Ship.example", "anchors aweigh"
    settings.API_KEY = "sk_fixed_for_a_script"
    first_run.kept_in().unlink(missing_ok=True)

    welcome = first_run.seed()

    assert welcome == first_run.Welcome("grace@ship.example", "", settings.API_KEY, welcome.model)
    assert User.objects.get().check_password("anchors aweigh")
    assert key_named("sk_fixed_for_a_script") is not None
    assert not first_run.kept_in().exists()


def test_credentials_that_are_fixed_later_hold_from_then_on(settings: Any) -> None:
    first = first_run.seed()
    settings.ADMIN_EMAIL, settings.ADMIN_PASSWORD = "grace@ship.example", "anchors aweigh"
    settings.API_KEY = "sk_fixed_for_a_script"

    second = first_run.seed()

    assert second.email == "grace@ship.example"
    owner = User.objects.get()  # still one: the made-up address gave way
    assert owner.email == "grace@ship.example"
    assert owner.check_password("anchors aweigh")
    assert key_named("sk_fixed_for_a_script") is not None
    assert key_named(first.api_key) is not None


def test_another_owner_joins_one_who_has_an_address_of_their_own(settings: Any) -> None:
    settings.ADMIN_EMAIL = "grace@ship.example"
    first_run.seed()
    settings.ADMIN_EMAIL, settings.ADMIN_PASSWORD = "ada@ship.example", "anchors aweigh"

    first_run.seed()

    grace, ada = User.objects.order_by("email").reverse()
    assert not grace.check_password("anchors aweigh")
    assert ada.check_password("anchors aweigh")
    assert set(Workspace.objects.get().members.values_list("user", flat=True)) == {grace.pk, ada.pk}


def test_a_fixed_key_is_made_once(settings: Any) -> None:
    settings.API_KEY = "sk_fixed_for_a_script"

    first_run.seed()
    first_run.seed()

    assert ApiKey.objects.count() == 1


def test_the_first_key_stands_in_the_log(settings: Any) -> None:
    first_run.seed()
    settings.API_KEY = "sk_fixed_for_a_script"
    first_run.seed()

    entries = AuditEntry.objects.filter(action="key.created").order_by("id")
    assert [entry.thing_name for entry in entries] == ["First key", "PARLEY_API_KEY"]
    assert "sk_fixed" not in str([entry.changes for entry in entries])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ADMIN_EMAIL", "grace"),
        ("ADMIN_PASSWORD", "short"),
        ("API_KEY", "sk_1"),
        ("API_KEY", "sk_schlüssel_ümlaut"),
    ],
)
def test_credentials_that_could_not_work_are_refused(name: str, value: str, settings: Any) -> None:
    setattr(settings, name, value)

    with pytest.raises(SystemExit) as stopped:
        first_run.check_wishes()

    assert f"PARLEY_{name}" in str(stopped.value.code)


def test_the_welcome_says_which_model_answers(settings: Any) -> None:
    assert "built-in" in first_run.seed().model

    settings.LLM_URL, settings.LLM_MODEL = "http://127.0.0.1:9/v1", "qwen3"

    assert first_run.seed().model.startswith("qwen3")


def _everything() -> list[Any]:
    models = (User, Workspace, ApiKey, Agent, Passage)
    return [list(model.objects.order_by("pk").values()) for model in models]  # type: ignore[attr-defined]
