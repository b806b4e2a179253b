"""Tell a workspace's webhook about a conversation that was judged (contract rest.md §19)."""

from __future__ import annotations

from dashboard.agents.documents import platform_settings
from dashboard.agents.documents.platform_settings import Webhooks
from dashboard.agents.workspace_settings import settings_of
from dashboard.webhooks import deliver
from dashboard.webhooks.models import Delivery

from .documents import conversation_document
from .models import Conversation

TRANSCRIPT = "post_call_transcription"
GONE = "The conversation was deleted."


def announce(conversation: Conversation) -> Delivery | None:
    """Put the report on the list, where its agent or its workspace names a webhook for it."""
    wishes = wishes_for(conversation)
    if not wishes.post_call_webhook_id or "transcript" not in wishes.events:
        return None
    webhooks = conversation.workspace.webhooks.on()
    endpoint = webhooks.filter(pk=wishes.post_call_webhook_id).first()
    return deliver.announce(endpoint, TRANSCRIPT, conversation.pk) if endpoint else None


def wishes_for(conversation: Conversation) -> Webhooks:
    """The agent's own, in the version that ran, if they name a webhook; else the workspace's.

    There is one format here, JSON, whichever is wished for.
    """
    own = platform_settings(conversation.version).workspace_overrides.webhooks
    return own if own.post_call_webhook_id else settings_of(conversation.workspace).webhooks


def reports_on(conversation_id: str) -> list[int]:
    """The attempts that are still to be made about one conversation."""
    waiting = Delivery.objects.filter(about=conversation_id, due_at__isnull=False)
    return list(waiting.values_list("pk", flat=True))


def forgotten_reports() -> list[int]:
    """Attempts that are due and that no message brought."""
    return deliver.remember(TRANSCRIPT)


def report(delivery_id: int) -> Delivery | None:
    """Make one attempt; None when it is not to be made now, or by somebody else."""
    delivery = deliver.take(delivery_id)
    if delivery is None:
        return None
    workspace = delivery.endpoint.workspace
    conversation = workspace.conversations.recent().filter(pk=delivery.about).first()
    if conversation is None:
        deliver.drop(delivery, GONE)
        return None
    document = conversation_document(conversation)
    if wishes_for(conversation).exclude_transcript:
        document.pop("transcript", None)
    return deliver.deliver(delivery, document)


def report_again(delivery: Delivery) -> Delivery | None:
    """Another attempt at the same report, made here and now; None when there is nothing to tell."""
    return report(deliver.again(delivery).pk)
