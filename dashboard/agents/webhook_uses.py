"""What names a webhook: the workspace's settings, and agents as they are told today."""

from __future__ import annotations

from collections import defaultdict

from django.db.models import QuerySet

from dashboard.webhooks import endpoints
from dashboard.webhooks.models import WebhookEndpoint
from dashboard.workspaces.audit import By
from dashboard.workspaces.deeds import in_one_deed
from dashboard.workspaces.models import Workspace

from .models import Agent
from .workspace_settings import change_settings, settings_of

# As the wire calls them.
IN_SETTINGS = "ConvAI Settings"
IN_AGENTS = "ConvAI Agent Settings"
_NAMED = "version__platform_settings__workspace_overrides__webhooks__post_call_webhook_id"


class InUse(Exception):
    """Something still sends its reports there; the text says what."""


def uses(workspace: Workspace) -> dict[str, list[str]]:
    """By webhook id: what names it. Two queries, however many webhooks there are."""
    found = defaultdict(list)
    chosen = settings_of(workspace).webhooks.post_call_webhook_id
    if chosen:
        found[chosen].append(IN_SETTINGS)
    named = workspace.agents.order_by().values_list(_NAMED, flat=True).distinct()
    for webhook_id in named:
        if webhook_id:
            found[webhook_id].append(IN_AGENTS)
    return dict(found)


def agents_naming(endpoint: WebhookEndpoint) -> QuerySet[Agent]:
    return endpoint.workspace.agents.filter(**{_NAMED: endpoint.pk})


@in_one_deed
def remove(endpoint: WebhookEndpoint, by: By, *, force: bool = False) -> None:
    """Take a webhook away. Raises InUse unless forced; then the settings forget it, and agents
    that name it report to nobody until they name another."""
    workspace = Workspace.objects.select_for_update(no_key=True).get(pk=endpoint.workspace_id)
    in_settings = settings_of(workspace).webhooks.post_call_webhook_id == endpoint.pk
    agents = agents_naming(endpoint).count()
    if (in_settings or agents) and not force:
        raise InUse(_sentence(in_settings, agents))
    if in_settings:
        change_settings(workspace, {"webhooks": {"post_call_webhook_id": None}}, by)
    endpoints.remove(endpoint, by)


def _sentence(in_settings: bool, agents: int) -> str:
    who = ["the settings of the workspace"] if in_settings else []
    if agents:
        who.append("1 agent" if agents == 1 else f"{agents} agents")
    return f"Still in use, by {' and '.join(who)}."
