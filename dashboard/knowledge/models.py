"""Documents that agents know, and the passages that are searched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone

from dashboard.workspaces import ids
from dashboard.workspaces.models import Workspace

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class Kind(models.TextChoices):
    TEXT = "text", "Text"
    FILE = "file", "File"
    URL = "url", "Address"


class KnowledgeDocument(models.Model):
    id = models.CharField(primary_key=True, max_length=40, default=ids.document_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="documents")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.TEXT)
    name = models.CharField(max_length=300)
    content = models.TextField(blank=True)  # plain text or Markdown
    # What its passages were made of: the content and the model. Empty until it was read.
    edition = models.CharField(max_length=160, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    if TYPE_CHECKING:
        passages: RelatedManager[Passage]

    def __str__(self) -> str:
        return self.name


class Passage(models.Model):
    """A piece of a document, small enough to be an answer's source."""

    document = models.ForeignKey(KnowledgeDocument, models.CASCADE, related_name="passages")
    number = models.PositiveIntegerField()
    heading = models.CharField(max_length=300, blank=True)  # the path below the document's name
    text = models.TextField()
    vector = models.BinaryField(null=True)  # float32, L2-normalised
    embedded_by = models.CharField(max_length=80, blank=True)  # model and dimension

    class Meta:
        ordering = ["document_id", "number"]
        constraints = [models.UniqueConstraint("document", "number", name="one_passage_a_number")]
