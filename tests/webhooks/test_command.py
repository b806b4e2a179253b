"""A webhook made at the command line: usable at once, its secret shown once and sealed."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from dashboard.webhooks.models import WebhookEndpoint
from dashboard.webhooks.sign import signing_secret
from dashboard.workspaces.models import Workspace


def test_a_webhook_is_made_with_a_secret_of_its_own(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
):
    call_command("webhook", "Desk", "https://desk.example/hook")

    made = WebhookEndpoint.objects.get()
    told = capsys.readouterr().out
    assert made.pk in told
    assert signing_secret(made) in told
    assert signing_secret(made) not in made.sealed_secret


@pytest.mark.parametrize("url", ["desk.example", "ftp://desk.example", "javascript:alert(1)"])
def test_an_address_that_nobody_can_post_to_is_refused(workspace: Workspace, url: str):
    with pytest.raises(CommandError, match="Use https"):
        call_command("webhook", "Desk", url)

    assert not WebhookEndpoint.objects.exists()


def test_with_several_workspaces_one_must_be_named(workspace: Workspace, cleo: object):
    with pytest.raises(CommandError, match="--workspace"):
        call_command("webhook", "Desk", "https://desk.example/hook")

    call_command("webhook", "Desk", "https://desk.example/hook", workspace=workspace.pk)
    assert WebhookEndpoint.objects.get().workspace == workspace
