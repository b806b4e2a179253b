"""Where a workspace wants to be told, and what became of each attempt."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from dashboard.workspaces import ids
from dashboard.workspaces.models import Secret, Workspace


class WebhookEndpoint(models.Model):
    id = models.CharField(primary_key=True, max_length=40, default=ids.webhook_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="webhooks")
    name = models.CharField(max_length=120)
    url = models.URLField(max_length=500)
    secret = models.ForeignKey(Secret, models.PROTECT, related_name="+")
    is_disabled = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)


class Delivery(models.Model):
    """One attempt to tell one endpoint one thing."""

    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, related_name="deliveries")
    about = models.CharField(max_length=60, db_index=True)  # the id of what it tells of
    kind = models.CharField(max_length=60)
    attempt = models.PositiveSmallIntegerField(default=1)
    at = models.DateTimeField(default=timezone.now)
    status = models.PositiveSmallIntegerField(null=True)  # HTTP status; null: nobody answered
    trouble = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
