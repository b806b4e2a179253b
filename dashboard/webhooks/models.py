"""Where a workspace wants to be told, and what became of each attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone

from dashboard.workspaces import ids
from dashboard.workspaces.models import Secret, Workspace

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class WebhookQuerySet(models.QuerySet["WebhookEndpoint"]):
    def listed(self) -> WebhookQuerySet:
        """Newest first."""
        return self.order_by("-created_at", "-id")

    def on(self) -> WebhookQuerySet:
        """Those that are told anything at all."""
        return self.filter(is_disabled=False, is_auto_disabled=False)


class WebhookEndpoint(models.Model):
    id = models.CharField(primary_key=True, max_length=40, default=ids.webhook_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="webhooks")
    name = models.CharField(max_length=120)
    url = models.URLField(max_length=500)
    sealed_secret = models.TextField(blank=True)  # signs what is posted
    # Before webhooks sealed theirs themselves, it stood among the workspace's secrets.
    secret = models.ForeignKey(Secret, models.SET_NULL, null=True, related_name="+")
    # The owner's own headers, sealed as one JSON object; their names are no secret.
    sealed_headers = models.TextField(blank=True)
    header_names = models.JSONField(default=list)
    events = models.JSONField(default=list)  # of the workspace, as sent; conversations name theirs
    retry_enabled = models.BooleanField(default=True)
    is_disabled = models.BooleanField(default=False)  # by somebody
    is_auto_disabled = models.BooleanField(default=False)  # after failing for long
    failed_at = models.DateTimeField(null=True)  # the latest attempt that failed
    failed_status = models.PositiveSmallIntegerField(null=True)  # null: nobody answered
    created_at = models.DateTimeField(default=timezone.now)

    objects = WebhookQuerySet.as_manager()

    if TYPE_CHECKING:
        deliveries: RelatedManager[Delivery]

    def __str__(self) -> str:
        return self.name

    @property
    def is_on(self) -> bool:
        return not (self.is_disabled or self.is_auto_disabled)


class Delivery(models.Model):
    """One attempt to tell one endpoint one thing; while `due_at` is set, it is still to be made."""

    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, related_name="deliveries")
    about = models.CharField(max_length=60, db_index=True)  # the id of what it tells of
    kind = models.CharField(max_length=60)
    attempt = models.PositiveSmallIntegerField(default=1)
    due_at = models.DateTimeField(null=True, blank=True, db_index=True, default=timezone.now)
    taken_at = models.DateTimeField(null=True, blank=True)  # by a worker, who makes it now
    at = models.DateTimeField(null=True, blank=True)  # when it was made
    status = models.PositiveSmallIntegerField(null=True)  # HTTP status; null: nobody answered
    trouble = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint("endpoint", "about", "kind", "attempt", name="one_row_a_try")
        ]

    @property
    def succeeded(self) -> bool:
        return self.status is not None and 200 <= self.status < 300
