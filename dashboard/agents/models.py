"""An agent is a name; what it was told is an immutable version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils import timezone

from dashboard.workspaces import ids
from dashboard.workspaces.models import User, Workspace

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class AgentQuerySet(models.QuerySet["Agent"]):
    def listed(self) -> AgentQuerySet:
        """Newest first, with everything that one agent's page shows."""
        return self.select_related("version", "limits", "made_by").order_by("-created_at", "-id")

    def in_lines(self) -> AgentQuerySet:
        """Newest first, for lists: without the documents, which may be large."""
        return self.select_related("made_by").order_by("-created_at", "-id")

    def tagged(self, *tags: str) -> AgentQuerySet:
        """Those that have all of these tags."""
        found = self
        for tag in dict.fromkeys(tags):
            found = found.filter(pk__in=AgentTag.objects.filter(name=tag).values("agent"))
        return found


class LivingAgents(models.Manager["Agent"]):
    """A deleted agent stays for its conversations, and is nowhere else to be found."""

    def get_queryset(self) -> AgentQuerySet:
        return AgentQuerySet(self.model, using=self._db).filter(deleted_at=None)


class Agent(models.Model):
    id = models.CharField(primary_key=True, max_length=40, default=ids.agent_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="agents")
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=200)
    tags = models.JSONField(default=list)
    archived = models.BooleanField(default=False)
    voice_id = models.CharField(max_length=100, blank=True)  # of today's version; lists show it
    version = models.ForeignKey("AgentVersion", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = LivingAgents.from_queryset(AgentQuerySet)()
    all_objects = models.Manager()

    class Meta:
        base_manager_name = "all_objects"
        indexes = [models.Index(fields=["workspace", "-created_at", "-id"])]

    if TYPE_CHECKING:
        versions: RelatedManager[AgentVersion]
        allowed_hosts: RelatedManager[AllowedHost]
        needs: RelatedManager[Need]
        pictures: RelatedManager[Picture]
        tag_rows: RelatedManager[AgentTag]
        limits: CallLimits

    def __str__(self) -> str:
        return self.name

    @property
    def told(self) -> AgentVersion:
        """What visitors meet today."""
        if self.version is None:
            raise ValueError(f"agent {self.pk} has no version yet")
        return self.version


class AgentVersion(models.Model):
    """What an agent was told, as sent: unknown fields stay. Never changed after it was made."""

    id = models.CharField(primary_key=True, max_length=40, default=ids.version_id, editable=False)
    agent = models.ForeignKey(Agent, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    conversation_config = models.JSONField(default=dict)
    platform_settings = models.JSONField(default=dict)
    workflow = models.JSONField(null=True, blank=True)
    other = models.JSONField(default=dict)  # top-level fields that nobody here knows, as sent
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    note = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint("agent", "number", name="one_version_a_number")]

    def part(self, *path: str) -> Any:
        """A value inside the conversation config, None when it is not there."""
        found: Any = self.conversation_config
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        return found


class AgentTag(models.Model):
    """One of an agent's tags as a row: no database of ours looks into JSON lists the same way."""

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="tag_rows")
    name = models.CharField(max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint("agent", "name", name="one_row_a_tag")]
        indexes = [models.Index(fields=["name", "agent"])]


class AllowedHost(models.Model):
    """A page that may open conversations: host, and port when it is not the usual one."""

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="allowed_hosts")
    hostname = models.CharField(max_length=260)

    class Meta:
        constraints = [models.UniqueConstraint("agent", "hostname", name="one_row_a_host")]


class CallLimits(models.Model):
    """Who may start and how many: in force at once, whatever the version (contract rest.md §6)."""

    agent = models.OneToOneField(Agent, models.CASCADE, primary_key=True, related_name="limits")
    at_once = models.IntegerField(default=-1)  # -1: as many as the workspace may
    a_day = models.IntegerField(default=100_000)
    bursting = models.BooleanField(default=True)
    needs_signature = models.BooleanField(default=False)
    needs_origin = models.BooleanField(default=False)
    shareable_token = models.CharField(max_length=100, blank=True)  # lets in who has the link
    refusal_text = models.CharField(max_length=120, blank=True)  # when there is no room
    messages_a_minute = models.IntegerField(default=-1)  # of one visitor; -1: the workspace's


class ToolQuerySet(models.QuerySet["Tool"]):
    def listed(self) -> ToolQuerySet:
        """Newest first, with what a list shows."""
        return self.select_related("made_by").order_by("-created_at", "-id")


class Tool(models.Model):
    """A tool that agents share, in the REST form of its document (contract rest.md §9)."""

    id = models.CharField(primary_key=True, max_length=40, default=ids.tool_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="tools")
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=30)  # webhook, client, system …
    name = models.CharField(max_length=64)
    config = models.JSONField()
    response_mocks = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = ToolQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "-created_at", "-id"]),
            models.Index(fields=["workspace", "name"]),
        ]

    def __str__(self) -> str:
        return self.name


class Needed(models.TextChoices):
    TOOL = "tool", "Tool"
    DOCUMENT = "document", "Document"
    SECRET = "secret", "Secret"


class Need(models.Model):
    """What an agent (as it is told today) or a tool names by id, whether or not it is there."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    agent = models.ForeignKey(Agent, models.CASCADE, null=True, related_name="needs")
    tool = models.ForeignKey(Tool, models.CASCADE, null=True, related_name="needs")
    kind = models.CharField(max_length=10, choices=Needed)
    named_id = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["workspace", "kind", "named_id"])]
        constraints = [
            models.UniqueConstraint("agent", "kind", "named_id", name="one_need_an_agent"),
            models.UniqueConstraint("tool", "kind", "named_id", name="one_need_a_tool"),
        ]


class Picture(models.Model):
    """An agent's avatar as it was uploaded; public, under an id that says nothing."""

    id = models.CharField(primary_key=True, max_length=40, default=ids.picture_id, editable=False)
    agent = models.ForeignKey(Agent, models.CASCADE, related_name="pictures")
    content_type = models.CharField(max_length=40)
    content = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now)
