"""Who owns, who works, who calls, and what must stay secret."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils import timezone

from . import ids


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **facts: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **facts)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in, by e-mail address."""

    id = models.CharField(primary_key=True, max_length=40, default=ids.user_id, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def initials(self) -> str:
        words = (self.name or self.email.split("@")[0]).replace(".", " ").split()
        return "".join(word[0] for word in words[:2]).upper()


class Plan(models.TextChoices):
    FREE = "free", "Free"
    STARTER = "starter", "Starter"
    CREATOR = "creator", "Creator"
    PRO = "pro", "Pro"
    SCALE = "scale", "Scale"
    BUSINESS = "business", "Business"
    ENTERPRISE = "enterprise", "Enterprise"


# Conversations at the same time: voice, and chat-only (DESIGN §5); an enterprise sets its own.
VOICE_LIMITS = {
    Plan.FREE: 4,
    Plan.STARTER: 6,
    Plan.CREATOR: 10,
    Plan.PRO: 20,
    Plan.SCALE: 30,
    Plan.BUSINESS: 30,
    Plan.ENTERPRISE: 100,
}
CHAT_TIMES = 25  # as many chats as voice conversations
CHAT_LIMITS = {
    Plan.FREE: 100,
    Plan.STARTER: 150,
    Plan.CREATOR: 250,
    Plan.PRO: 500,
    Plan.SCALE: 750,
    Plan.BUSINESS: 750,
    Plan.ENTERPRISE: 2500,
}


class Workspace(models.Model):
    """Everything starts here: whatever is not reached from a workspace does not exist for it."""

    id = models.CharField(primary_key=True, max_length=40, default=ids.workspace_id, editable=False)
    name = models.CharField(max_length=120)
    plan = models.CharField(max_length=20, choices=Plan, default=Plan.FREE)
    time_zone = models.CharField(max_length=64, default="UTC")  # days and limits count in it
    own_voice_limit = models.PositiveIntegerField(null=True, blank=True)  # enterprise; chat is 25×
    refusal_text = models.CharField(max_length=120, blank=True)  # when there is no room
    messages_a_minute = models.PositiveIntegerField(default=60)  # of one visitor; 0: no limit
    # What `/settings` and `/settings/dashboard` keep (contract rest.md §15), as sent.
    settings = models.JSONField(default=dict)
    dashboard_settings = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name

    @property
    def chat_limit(self) -> int:
        """Chat-only conversations that may go on at the same time."""
        if self.plan == Plan.ENTERPRISE and self.own_voice_limit is not None:
            return CHAT_TIMES * self.own_voice_limit
        return CHAT_LIMITS[Plan(self.plan)]

    @property
    def voice_limit(self) -> int:
        if self.plan == Plan.ENTERPRISE and self.own_voice_limit is not None:
            return self.own_voice_limit
        return VOICE_LIMITS[Plan(self.plan)]

    @property
    def total_limit(self) -> int:
        """Both pools: what handshakes count against (contract websocket.md §2.3)."""
        return self.voice_limit + self.chat_limit

    @property
    def owner(self) -> User:
        return self.members.filter(role=Role.OWNER).select_related("user").earliest("id").user


class Role(models.TextChoices):
    OWNER = "owner", "Owner"
    ADMIN = "admin", "Admin"
    EDITOR = "editor", "Editor"
    VIEWER = "viewer", "Viewer"


class Member(models.Model):
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="members")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role, default=Role.EDITOR)

    class Meta:
        constraints = [models.UniqueConstraint("workspace", "user", name="one_membership_each")]

    @property
    def may_edit(self) -> bool:
        return self.role != Role.VIEWER

    @property
    def may_see_audit(self) -> bool:
        """It names everybody and shows every change, also of what an editor may not open."""
        return self.role in (Role.OWNER, Role.ADMIN)


class Scope(models.TextChoices):
    """What a key may do; each can do what the ones after it can."""

    WRITE = "write", "Read and change everything"
    READ = "read", "Read everything"
    START = "start", "Start conversations, nothing else"


class ApiKey(models.Model):
    """A key is shown once; its SHA-256 is kept (it is random enough to need no salt)."""

    id = models.CharField(primary_key=True, max_length=40, default=ids.key_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="api_keys")
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64, unique=True)
    last_four = models.CharField(max_length=4)
    scope = models.CharField(max_length=10, choices=Scope, default=Scope.WRITE)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)  # to the minute
    revoked_at = models.DateTimeField(null=True, blank=True)

    @property
    def has_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @classmethod
    def make(
        cls, workspace: Workspace, name: str, made_by: User | None, key: str = "", **facts: Any
    ) -> tuple[ApiKey, str]:
        """A new key and its text, which nobody can read again. facts: scope, expires_at."""
        key = key or f"sk_{secrets.token_hex(32)}"
        row = cls.objects.create(
            workspace=workspace,
            made_by=made_by,
            name=name,
            digest=cls.digest_of(key),
            last_four=key[-4:],
            **facts,
        )
        return row, key

    @staticmethod
    def digest_of(key: str) -> str:
        return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()


class Secret(models.Model):
    """A sealed value by name; only the vault opens it."""

    id = models.CharField(primary_key=True, max_length=40, default=ids.secret_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="secrets")
    name = models.CharField(max_length=120)
    sealed = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)


class ModelKind(models.TextChoices):
    OPENAI = "openai", "OpenAI-compatible"
    ANTHROPIC = "anthropic", "Anthropic"
    GEMINI = "gemini", "Google Gemini"
    OLLAMA = "ollama", "Ollama"


class ModelBackend(models.Model):
    """A model that this workspace brings: an address, a key in the vault, and a model's name."""

    id = models.CharField(primary_key=True, max_length=40, default=ids.backend_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="model_backends")
    kind = models.CharField(max_length=20, choices=ModelKind)
    url = models.URLField(blank=True, max_length=500)
    model = models.CharField(max_length=200)
    secret = models.ForeignKey(Secret, models.SET_NULL, null=True, blank=True, related_name="+")
    is_default = models.BooleanField(default=False)
    at_once = models.PositiveIntegerField(null=True, blank=True)  # requests; the others queue up
    created_at = models.DateTimeField(default=timezone.now)


class Door(models.TextChoices):
    API = "api", "API"
    DASHBOARD = "dashboard", "Dashboard"
    COMMAND = "command", "Command line"


class AuditEntry(models.Model):
    """One change: who, when, what. Written by audit.py and never changed."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="audit")
    at = models.DateTimeField(default=timezone.now)
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    key = models.ForeignKey(ApiKey, models.SET_NULL, null=True, related_name="+")
    who = models.CharField(max_length=160)  # as they were called then
    door = models.CharField(max_length=10, choices=Door)
    action = models.CharField(max_length=60)  # such as "agent.changed"
    thing_id = models.CharField(max_length=64)
    thing_name = models.CharField(max_length=300, blank=True)
    changes = models.JSONField(default=list)  # {path, before, after}, secrets masked
    request_id = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "-at", "-id"]),
            models.Index(fields=["workspace", "thing_id", "-at"]),
        ]


class KeptAnswer(models.Model):
    """What a create answered to an `Idempotency-Key`, so that a retry makes nothing twice."""

    key = models.ForeignKey(ApiKey, models.CASCADE, related_name="kept_answers")
    idempotency_key = models.CharField(max_length=255)
    asked = models.CharField(max_length=64)  # SHA-256 of method, path and body
    status = models.PositiveSmallIntegerField(null=True)  # null: still being made
    sealed = models.TextField(blank=True)  # the answer's body; it may hold a secret shown once
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    claimed_at = models.DateTimeField(default=timezone.now)  # by the request that makes it

    class Meta:
        constraints = [models.UniqueConstraint("key", "idempotency_key", name="one_answer_a_key")]
