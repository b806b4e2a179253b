"""Nobody sees a page without signing in, and only what works is offered at the door."""

from __future__ import annotations

import pytest
from django.test import Client

from dashboard.agents.models import Agent
from dashboard.workspaces.models import User

PAGES = [
    "/",
    "/agents/",
    "/agents/new/",
    "/conversations/",
    "/settings/models/",
    "/settings/api-keys/",
]


@pytest.mark.parametrize("page", PAGES[1:])
@pytest.mark.django_db
def test_a_stranger_is_sent_to_sign_in_and_back(page: str):
    answer = Client().get(page)

    assert answer.status_code == 302
    assert answer["Location"] == f"/account/login/?next={page}"


@pytest.mark.django_db
def test_a_fragment_sends_the_whole_page_to_sign_in():
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/conversations/"}

    answer = Client().get("/conversations/?top=x", headers=headers)

    assert answer["HX-Redirect"] == "/account/login/?next=/conversations/"


def test_ada_signs_in_with_her_password(ada: User):
    client = Client()

    typed = {"login": "ada@harbour.example", "password": "correct horse battery"}
    answer = client.post("/account/login/", typed, follow=True)

    assert answer.redirect_chain[-1][0] == "/agents/"
    assert "Harbour Coffee" in answer.content.decode()


def test_a_wrong_password_keeps_the_address_and_says_so(ada: User):
    typed = {"login": "ada@harbour.example", "password": "wrong"}

    page = Client().post("/account/login/", typed).content.decode()

    assert 'value="ada@harbour.example"' in page
    assert 'role="alert"' in page
    assert "wrong" not in page


@pytest.mark.django_db
def test_nobody_signs_up_and_nothing_offers_mail():
    page = Client().get("/account/login/").content.decode()

    assert "By invitation" in Client().get("/account/signup/").content.decode()
    assert "Forgot" not in page
    assert Client().get("/account/password/reset/").status_code == 404


def test_signing_out_takes_a_press_not_a_link(adas: Client):
    asked = adas.get("/account/logout/")
    assert "Sign out?" in asked.content.decode()

    adas.post("/account/logout/")

    assert adas.get("/agents/").status_code == 302


@pytest.mark.django_db
def test_somebody_without_a_workspace_is_told_so():
    client = Client()
    client.force_login(User.objects.create_user("new@harbour.example", "correct horse battery"))

    answer = client.get("/agents/")

    assert answer.status_code == 403
    assert "You belong to no workspace" in answer.content.decode()


def test_a_form_without_its_token_is_refused(ada: User, agent: Agent):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)

    for path in (f"/agents/{agent.pk}/", "/agents/new/", "/settings/api-keys/"):
        assert client.post(path, {"name": "Mine"}).status_code == 403
    agent.refresh_from_db()
    assert agent.name == "Harbour Helper"
    assert agent.told.number == 1
