"""Where a workspace wants to be told, and what became of each attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone

from dashboard.workspaces import ids
from dashboard.workspaces.models import Secret, Workspace

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class WebhookEndpoint(models.Model):
    id = models.CharField(primary_key=True, max_length=40, default=ids.webhook_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="webhooks")
    name = models.CharField(max_length=120)
    url = models.URLField(max_length=500)
    secret = models.ForeignKey(Secret, models.PROTECT, related_name="+")
    is_disabled = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    if TYPE_CHECKING:
        deliveries: RelatedManager[Delivery]


class Delivery(models.Model):
    """One attempt to tell one endpoint one thing; while `due_at` is set, it is still to be made."""

    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, related_name="deliveries")
    about = models.CharField(max_length=60, db_index=True)  # the id of what it tells of
    kind = models.CharField(max_length=60)
    attempt = models.PositiveSmallIntegerField(default=1)
    due_at = models.DateTimeField(null=True, blank=True, db_index=True, default=timezone.now)
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
