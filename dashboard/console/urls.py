"""Every page, and the script that other people's pages load."""

from __future__ import annotations

from allauth.account import views as account
from django.urls import path, register_converter
from django.urls.converters import StringConverter
from django.views.generic import RedirectView

from dashboard.workspaces import ids

from . import agents, api_keys, backends, chat, conversations, embed


class Id(StringConverter):
    """What no id could be is no page: PostgreSQL cannot even be asked for a NUL."""

    regex = ids.PATTERN


register_converter(Id, "id")

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="agents")),
    path("agents/", agents.agents, name="agents"),
    path("agents/new/", agents.new_agent, name="new-agent"),
    path("agents/new/<slug:key>/", agents.new_agent_from, name="new-agent-from"),
    path("agents/<id:agent_id>/", agents.agent, name="agent"),
    path("agents/<id:agent_id>/test-chat/", chat.chat_address, name="test-chat-address"),
    path("conversations/", conversations.conversations, name="conversations"),
    path("conversations/<id:conversation_id>/", conversations.conversation, name="conversation"),
    path(
        "conversations/<id:conversation_id>/judge/",
        conversations.judge_conversation_again,
        name="judge-again",
    ),
    path("settings/models/", backends.models, name="models"),
    path("settings/models/<id:backend_id>/", backends.model, name="model"),
    path("settings/models/<id:backend_id>/check/", backends.check_model, name="check-model"),
    path("settings/models/<id:backend_id>/remove/", backends.remove_model, name="remove-model"),
    path("settings/api-keys/", api_keys.api_keys, name="api-keys"),
    path("settings/api-keys/<id:key_id>/revoke/", api_keys.revoke_api_key, name="revoke-api-key"),
    # For other people's pages.
    path("convai-widget-embed", embed.script, name="widget-script"),
    path("convai-widget/index.js", embed.script, name="widget-script-legacy"),
    path("convai-widget/index.mjs", embed.module, name="widget-module"),
    path("demo", embed.demo, name="demo"),
    path("demo/", embed.demo),
    # Of allauth only what works without a mail server.
    path("account/login/", account.login, name="account_login"),
    path("account/logout/", account.logout, name="account_logout"),
    path("account/signup/", account.signup, name="account_signup"),
    path("account/inactive/", account.account_inactive, name="account_inactive"),
]
