"""Every page, and the script that other people's pages load."""

from __future__ import annotations

from allauth.account import views as account
from django.urls import path, register_converter
from django.urls.converters import StringConverter
from django.views.generic import RedirectView

from dashboard.workspaces import ids

from . import (
    agent_keeping,
    agent_knowledge,
    agent_limits,
    agent_tools,
    agents,
    api_keys,
    api_reference,
    audit,
    backends,
    chat,
    conversations,
    document,
    embed,
    knowledge,
    plan,
    secrets,
    security,
    talk,
    tools,
    versions,
    webhooks,
)


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
    path("agents/<id:agent_id>/versions/", versions.versions, name="versions"),
    path("agents/<id:agent_id>/versions/<int:number>/", versions.version, name="version"),
    path(
        "agents/<id:agent_id>/versions/<int:number>/restore/",
        versions.restore_version,
        name="restore-version",
    ),
    path("agents/<id:agent_id>/copy/", agent_keeping.copy_agent, name="copy-agent"),
    path("agents/<id:agent_id>/archive/", agent_keeping.archive_agent, name="archive-agent"),
    path("agents/<id:agent_id>/delete/", agent_keeping.delete_agent, name="delete-agent"),
    path("agents/<id:agent_id>/avatar/", agent_keeping.put_up_avatar, name="agent-avatar"),
    path("agents/<id:agent_id>/test-chat/", chat.chat_address, name="test-chat-address"),
    path("agents/<id:agent_id>/tools/", agent_tools.agent_tools, name="agent-tools"),
    path("agents/<id:agent_id>/tools/remove/", agent_tools.detach_tool, name="detach-tool"),
    path("agents/<id:agent_id>/security/", security.agent_security, name="agent-security"),
    path("agents/<id:agent_id>/security/sites/", security.change_sites, name="agent-sites"),
    path("agents/<id:agent_id>/security/link/", security.change_link, name="agent-link"),
    path(
        "agents/<id:agent_id>/security/signed-link/",
        security.signed_link,
        name="agent-signed-link",
    ),
    path("agents/<id:agent_id>/limits/", agent_limits.agent_limits, name="agent-limits"),
    path("agents/<id:agent_id>/advanced/", agent_limits.agent_advanced, name="agent-advanced"),
    path("tools/", tools.tools, name="tools"),
    path("tools/new/", tools.new_tool, name="new-tool"),
    path("tools/<id:tool_id>/", tools.tool, name="tool"),
    path("tools/<id:tool_id>/delete/", tools.delete_tool, name="delete-tool"),
    path(
        "agents/<id:agent_id>/knowledge/", agent_knowledge.agent_knowledge, name="agent-knowledge"
    ),
    path(
        "agents/<id:agent_id>/knowledge/<id:document_id>/add/",
        agent_knowledge.attach_document,
        name="attach-document",
    ),
    path(
        "agents/<id:agent_id>/knowledge/remove/",
        agent_knowledge.detach_document,
        name="detach-document",
    ),
    path("knowledge/", knowledge.documents, name="documents"),
    path("knowledge/new/<slug:kind>/", knowledge.new_document, name="new-document"),
    path("knowledge/<id:document_id>/", document.document, name="document"),
    path("knowledge/<id:document_id>/refresh/", document.refresh_document, name="refresh-document"),
    path("knowledge/<id:document_id>/replace/", document.replace_document, name="replace-document"),
    path("knowledge/<id:document_id>/file/", document.download_document, name="download-document"),
    path("knowledge/<id:document_id>/delete/", document.delete_document, name="delete-document"),
    path("conversations/", conversations.conversations, name="conversations"),
    path("conversations/<id:conversation_id>/", conversations.conversation, name="conversation"),
    path(
        "conversations/<id:conversation_id>/files/<id:file_id>/",
        conversations.conversation_file,
        name="conversation-file",
    ),
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
    path("settings/secrets/", secrets.secrets, name="secrets"),
    path("settings/secrets/<id:secret_id>/", secrets.secret, name="secret"),
    path("settings/secrets/<id:secret_id>/delete/", secrets.delete_secret, name="delete-secret"),
    path("docs/api/", api_reference.api_reference, name="api-reference"),
    path("settings/plan/", plan.plan, name="plan"),
    path("settings/audit/", audit.audit_log, name="audit-log"),
    path("settings/webhooks/", webhooks.webhooks, name="webhooks"),
    path("settings/webhooks/choose/", webhooks.choose_webhook, name="choose-webhook"),
    path("settings/webhooks/<id:webhook_id>/", webhooks.webhook, name="webhook"),
    path(
        "settings/webhooks/<id:webhook_id>/switch/", webhooks.switch_webhook, name="switch-webhook"
    ),
    path(
        "settings/webhooks/<id:webhook_id>/remove/", webhooks.remove_webhook, name="remove-webhook"
    ),
    path(
        "settings/webhooks/<id:webhook_id>/deliveries/<int:delivery_id>/again/",
        webhooks.send_again,
        name="send-again",
    ),
    # For other people's pages.
    path("talk/<id:agent_id>/", talk.talk, name="talk"),
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
