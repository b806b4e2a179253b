"""Documents that agents know, the folders they lie in, and the passages that are searched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from dashboard.workspaces import ids
from dashboard.workspaces.models import User, Workspace

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

LONGEST_NAME = 300
DEEPEST = 20  # folders within folders


class Kind(models.TextChoices):
    TEXT = "text", "Text"
    FILE = "file", "File"
    URL = "url", "Address"
    FOLDER = "folder", "Folder"


class State(models.TextChoices):
    READING = "reading", "Reading"
    READY = "ready", "Ready"
    FAILED = "failed", "Failed"


class DocumentQuerySet(models.QuerySet["KnowledgeDocument"]):
    def listed(self) -> Self:
        """Newest first, without what is written in them: a page of a list stays small."""
        return self.defer("content").select_related("made_by").order_by("-created_at", "-id")

    def under(self, folder: KnowledgeDocument) -> Self:
        """Everything in a folder, and in the folders within it."""
        return self.filter(parent__in=[folder.pk, *folders_within([folder.pk])])


class KnowledgeDocument(models.Model):
    id = models.CharField(primary_key=True, max_length=40, default=ids.document_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="documents")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.TEXT)
    name = models.CharField(max_length=LONGEST_NAME)
    content = models.TextField(blank=True)  # plain text or Markdown
    # What its passages were made of: the content and the model. Empty until it was read.
    edition = models.CharField(max_length=160, blank=True, editable=False)
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    # Chosen when it is made and never changed, so no folder can come to lie within itself.
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")
    url = models.CharField(max_length=2000, blank=True)
    filename = models.CharField(max_length=LONGEST_NAME, blank=True)
    content_type = models.CharField(max_length=120, blank=True)
    size_bytes = models.BigIntegerField(default=0)
    trouble = models.CharField(max_length=300, blank=True)  # why it could not be read
    # To be read from now on, or, while somebody reads it, if nobody has by then.
    due_at = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "-created_at", "-id"]),
            models.Index(fields=["workspace", "-updated_at", "-id"]),
            models.Index(fields=["workspace", "name", "id"]),
            models.Index(fields=["workspace", "size_bytes", "id"]),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="unread_docs"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")), name="not_in_itself"
            )
        ]

    if TYPE_CHECKING:
        passages: RelatedManager[Passage]
        children: RelatedManager[KnowledgeDocument]

    def __str__(self) -> str:
        return self.name

    @property
    def is_folder(self) -> bool:
        return self.kind == Kind.FOLDER

    @property
    def state(self) -> State:
        """A document that is read again stays findable as it was; it is still being read."""
        if self.trouble:
            return State.FAILED
        if self.is_folder or (self.edition and self.due_at is None):
            return State.READY
        return State.READING

    @property
    def path(self) -> list[KnowledgeDocument]:
        """The folders it lies in, outermost first."""
        return paths_of([self])[self.pk]


class SourceFile(models.Model):
    """A file as it was uploaded; in the database, so that every server has it."""

    document = models.OneToOneField(
        KnowledgeDocument, models.CASCADE, primary_key=True, related_name="source"
    )
    content = models.BinaryField()


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


def folders_within(folder_ids: list[str]) -> list[str]:
    """The folders inside these, however deep; not these themselves."""
    found: list[str] = []
    level = folder_ids
    for _ in range(DEEPEST):
        inside = KnowledgeDocument.objects.filter(parent__in=level, kind=Kind.FOLDER)
        level = list(inside.values_list("pk", flat=True))
        if not level:
            break
        found += level
    return found


def paths_of(documents: list[KnowledgeDocument]) -> dict[str, list[KnowledgeDocument]]:
    """By document: its folders, outermost first; one query a level, however many documents."""
    known: dict[str, KnowledgeDocument] = {}
    wanted = {one.parent_id for one in documents if one.parent_id}
    while wanted:
        folders = KnowledgeDocument.objects.filter(pk__in=wanted)
        found = {one.pk: one for one in folders.only("id", "name", "kind", "parent_id")}
        known |= found
        wanted = {one.parent_id for one in found.values() if one.parent_id} - known.keys()
    return {one.pk: _upwards(one, known) for one in documents}


def _upwards(
    document: KnowledgeDocument, folders: dict[str, KnowledgeDocument]
) -> list[KnowledgeDocument]:
    path: list[KnowledgeDocument] = []
    above = folders.get(document.parent_id or "")
    while above is not None:
        path.insert(0, above)
        above = folders.get(above.parent_id or "")
    return path
