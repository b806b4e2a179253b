"""Tell a workspace's webhook about a conversation that was judged (contract rest.md §19)."""

from __future__ import annotations

from dashboard.agents.documents import platform_settings
from dashboard.webhooks import deliver
from dashboard.webhooks.models import Delivery

from .documents import conversation_document
from .models import Conversation

TRANSCRIPT = "post_call_transcription"
GONE = "The conversation was deleted."


def announce(conversation: Conversation) -> Delivery | None:
    """Put the report on the list, where the version it ran with names a webhook for it."""
    wishes = platform_settings(conversation.version).workspace_overrides.webhooks
    if not wishes.post_call_webhook_id or "transcript" not in wishes.events:
        return None
    webhooks = conversation.workspace.webhooks.filter(is_disabled=False)
    endpoint = webhooks.filter(pk=wishes.post_call_webhook_id).first()
    return deliver.announce(endpoint, TRANSCRIPT, conversation.pk) if endpoint else None


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
    return deliver.deliver(delivery, conversation_document(conversation))
