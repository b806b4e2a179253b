"""One visit: its row, its turns, and what was made of it afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from dashboard.agents.models import Agent, AgentVersion
from dashboard.workspaces import ids
from dashboard.workspaces.models import Workspace

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class Status(models.TextChoices):
    INITIATED = "initiated", "Starting"
    IN_PROGRESS = "in-progress", "Talking"
    PROCESSING = "processing", "Being judged"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class Outcome(models.TextChoices):
    SUCCESS = "success", "Solved"
    FAILURE = "failure", "Not solved"
    UNKNOWN = "unknown", "Unclear"


class Thumb(models.TextChoices):
    UP = "like", "Liked"
    DOWN = "dislike", "Disliked"


# A list in its order, with the columns that narrow it: a filter that matches few of very many
# conversations reads the index from end to end, and no row that it does not show.
LISTED = (
    *("-started_at", "-id", "status", "outcome", "lasted", "rating", "has_comment", "text_only"),
    *("language", "source", "ended_because", "version"),
)


# This process lives, however late its heartbeat is written (a locked database, a long pause).
SERVED_HERE: set[str] = set()


class LiveServer(models.Model):
    """One web process, and when it last said that it lives."""

    id = models.CharField(primary_key=True, max_length=40, default=ids.server_id, editable=False)
    started_at = models.DateTimeField(default=timezone.now)
    beat_at = models.DateTimeField(default=timezone.now, db_index=True)

    @staticmethod
    def stale_before() -> Any:
        """A server whose last beat is older has stopped."""
        return timezone.now() - timedelta(seconds=settings.HEARTBEAT_STALE_SECONDS)


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def move(self, start: Status, end: Status, **changes: Any) -> bool:
        """Move one conversation on, unless somebody else already has."""
        return self.filter(status=start).update(status=end, **changes) == 1

    def talking(self) -> ConversationQuerySet:
        """Going on now: on a server that lives, or between two of them."""
        return self.filter(self._held(), status=Status.IN_PROGRESS)

    def starting(self) -> ConversationQuerySet:
        """Still in the handshake, on a server that lives."""
        return self.filter(self._held(), status=Status.INITIATED)

    def going_on(self) -> ConversationQuerySet:
        """Starting or talking: what takes a place."""
        return self.filter(self._held(), status__in=(Status.INITIATED, Status.IN_PROGRESS))

    @staticmethod
    def _held() -> models.Q:
        lives = models.Q(server__beat_at__gte=LiveServer.stale_before())
        if SERVED_HERE:
            lives |= models.Q(server__in=list(SERVED_HERE))
        return lives | models.Q(server=None, returns_until__gte=timezone.now())

    def recent(self) -> ConversationQuerySet:
        """Newest first, with what a list shows."""
        return self.select_related("agent", "version", "analysis").order_by("-started_at", "-id")


class Conversation(models.Model):
    id = models.CharField(
        primary_key=True, max_length=40, default=ids.conversation_id, editable=False
    )
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="conversations")
    agent = models.ForeignKey(Agent, models.CASCADE, related_name="conversations")
    version = models.ForeignKey(AgentVersion, models.PROTECT, related_name="conversations")
    server = models.ForeignKey(
        LiveServer, models.SET_NULL, null=True, blank=True, related_name="conversations"
    )
    status = models.CharField(max_length=20, choices=Status, default=Status.IN_PROGRESS)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=200, blank=True)
    trouble = models.JSONField(null=True, blank=True)  # {"code", "reason"} when it ended badly
    warnings = models.JSONField(default=list)
    source = models.CharField(max_length=60, blank=True)  # js_sdk, python_sdk, widget …
    source_version = models.CharField(max_length=60, blank=True)
    visitor_id = models.CharField(max_length=300, blank=True)
    language = models.CharField(max_length=20, default="en")
    authorized_by = models.CharField(max_length=40, default="public")
    text_only = models.BooleanField(default=True)
    is_burst = models.BooleanField(default=False)
    # Only for clients that keep a resume token. A conversation that was handed over has no server:
    # its place is kept until `returns_until`.
    may_return = models.BooleanField(default=False)
    returns_until = models.DateTimeField(null=True, blank=True)
    wanted_at = models.DateTimeField(
        null=True, blank=True
    )  # its visitor is back, at another server
    sealed_variables = models.TextField(blank=True)  # `secret__…` ones, while it goes on
    initiation = models.JSONField(default=dict)  # what the client sent first, secrets removed
    message_count = models.PositiveIntegerField(default=0)
    visitor_messages = models.PositiveIntegerField(default=0)
    lasted = models.PositiveIntegerField(null=True, blank=True)  # whole seconds, once it is over
    tool_names = models.JSONField(default=list)  # of the tools that it used
    # The analysis has it too; here, lists can be narrowed by it without reading a second table.
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.UNKNOWN)
    thumb = models.CharField(max_length=10, choices=Thumb, blank=True)
    rating = models.PositiveSmallIntegerField(null=True, blank=True)  # 1 to 5
    comment = models.TextField(blank=True)
    has_comment = models.BooleanField(default=False)
    analysis_tries = models.PositiveSmallIntegerField(default=0)
    analyse_after = models.DateTimeField(null=True, blank=True)  # when a failed try is due again

    objects = ConversationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["workspace", *LISTED], name="workspaces_list"),
            models.Index(fields=["agent", *LISTED], name="agents_list"),
            models.Index(
                fields=["workspace", "visitor_id", "-started_at", "-id", "agent"], name="visitors"
            ),
            models.Index(fields=["status", "server"]),
        ]

    if TYPE_CHECKING:
        turns: RelatedManager[StoredTurn]
        files: RelatedManager[UploadedFile]
        tool_runs: RelatedManager[ToolRun]
        analysis: Analysis

    @property
    def seconds(self) -> int:
        """How long it lasted, or has lasted so far."""
        if self.lasted is not None:
            return self.lasted
        return max(0, round(((self.ended_at or timezone.now()) - self.started_at).total_seconds()))


class StoredTurn(models.Model):
    """One contribution, with its tool calls and results as the engine wrote them."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="turns")
    number = models.PositiveIntegerField()
    event_id = models.PositiveIntegerField(null=True)  # of the frames that carried it
    role = models.CharField(max_length=10)
    message = models.TextField(null=True, blank=True)
    tool_calls = models.JSONField(default=list)
    tool_results = models.JSONField(default=list)
    sources = models.JSONField(default=list)
    usage = models.JSONField(null=True, blank=True)
    metrics = models.JSONField(default=dict)  # name -> seconds
    interrupted = models.BooleanField(default=False)
    context = models.JSONField(null=True, blank=True)  # {"text", "context_id"}: the page told it
    files = models.JSONField(default=list)  # {"file_id", "name", "content_type"} of uploads
    thumb = models.CharField(max_length=10, choices=Thumb, blank=True)  # of this one answer
    thumb_at = models.FloatField(null=True, blank=True)  # seconds since the conversation began
    seconds_in = models.FloatField(default=0)  # since the conversation began

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint("conversation", "number", name="one_turn_a_number")]


class Analysis(models.Model):
    """What was made of a finished conversation; one row at most, so judging twice is harmless."""

    conversation = models.OneToOneField(
        Conversation, models.CASCADE, primary_key=True, related_name="analysis"
    )
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.UNKNOWN)
    title = models.CharField(max_length=300, blank=True)
    summary = models.TextField(blank=True)
    rationale = models.TextField(blank=True)
    verdicts = models.JSONField(default=list)  # {id, name, outcome, rationale}
    collected = models.JSONField(default=list)  # {id, value, rationale}
    judged_by = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(default=timezone.now)


class FactKind(models.TextChoices):
    VERDICT = "verdict"
    COLLECTED = "collected"
    VARIABLE = "variable"


class Fact(models.Model):
    """Something that conversations can be found by: a verdict, a collected value, a variable.

    `text` is null when it was asked for and not said; `number` is there when it reads as one.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="facts", db_index=False
    )
    kind = models.CharField(max_length=10, choices=FactKind)
    name = models.CharField(max_length=100)
    text = models.CharField(max_length=200, null=True, blank=True)
    number = models.FloatField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["conversation", "kind", "name"]),
            models.Index(fields=["workspace", "kind", "name", "text"]),
            models.Index(fields=["workspace", "kind", "name", "number"]),
        ]


class ToolRun(models.Model):
    """One call of a tool in a conversation that is over. `tool_id` is empty for inline tools."""

    id = models.CharField(primary_key=True, max_length=40, default=ids.tool_run_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="tool_runs")
    agent = models.ForeignKey(Agent, models.CASCADE, related_name="+", db_index=False)
    tool_id = models.CharField(max_length=64, blank=True)
    tool_name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10)  # system, webhook, client
    request_id = models.CharField(max_length=200)
    at = models.DateTimeField()
    seconds = models.FloatField(default=0)
    is_error = models.BooleanField(default=False)
    has_run = models.BooleanField(default=True)  # not when the call made no sense or was cut off
    error_type = models.CharField(max_length=60, blank=True)
    request_payload = models.TextField(blank=True)  # bounded, see tool_runs.py
    response_payload = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "tool_id", "-at", "-id"]),
            models.Index(fields=["workspace", "tool_name", "is_error", "conversation"]),
        ]


class UploadedFile(models.Model):
    """What a visitor sent along; it goes with the conversation."""

    id = models.CharField(primary_key=True, max_length=40, default=ids.file_id, editable=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="files")
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    content = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["created_at", "id"]


class Refusal(models.Model):
    """How often somebody was turned away from an agent on one day, for one reason."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="refusals")
    agent = models.ForeignKey(Agent, models.CASCADE, related_name="refusals")
    day = models.DateField()  # in the workspace's time zone
    reason = models.CharField(max_length=40)  # admission.Refused.reason
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(default=timezone.now)
    last_origin = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("agent", "day", "reason", name="one_row_a_refusal")]
        indexes = [models.Index(fields=["workspace", "-day"])]


class SpentLink(models.Model):
    """A single-use permission that somebody has started with, kept until it is too old anyway:
    its conversation may be deleted, and the link must not work again (contract rest.md §14)."""

    conversation_id = models.CharField(primary_key=True, max_length=40, editable=False)
    expires_at = models.DateTimeField(db_index=True)
