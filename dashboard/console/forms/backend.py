"""A model that a workspace brings, as a form; its key goes to the vault and never comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction

from dashboard.workspaces import audit, vault
from dashboard.workspaces.audit import By
from dashboard.workspaces.deeds import in_one_deed
from dashboard.workspaces.models import ModelBackend, ModelKind, Workspace

from .addresses import without_login

# What each kind is called where it is offered, and whether it works without its own address.
ADDRESS_NEEDED = (ModelKind.OLLAMA,)
LONGEST_NAME = 120  # of a secret
MOST_AT_ONCE = 100_000
_web_address = URLValidator(
    schemes=["http", "https"], message="Use https:// (or http://) and a host at the start."
)


class BackendForm(forms.Form):
    kind = forms.ChoiceField(
        choices=ModelKind.choices, error_messages={"invalid_choice": "Choose one of the list."}
    )
    model = forms.CharField(
        max_length=200, error_messages={"required": "Write the name that the provider uses."}
    )
    url = forms.CharField(required=False, max_length=500)
    key = forms.CharField(required=False, max_length=2000)
    at_once = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_AT_ONCE,
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"),
            f"Write a whole number from 1 to {MOST_AT_ONCE:,}, or nothing for no limit.",
        ),
    )
    is_default = forms.BooleanField(required=False)

    @property
    def address(self) -> str:
        """As it is shown again: without a login."""
        return without_login(str(self["url"].value() or ""))

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"]).strip().rstrip("/")
        return _address(url) if url else ""

    def clean(self) -> dict[str, Any]:
        told = super().clean() or self.cleaned_data
        if told.get("kind") in ADDRESS_NEEDED and "url" in told and not told["url"]:
            self.add_error("url", "Write where it runs, for example https://ollama.example.")
        return told

    @transaction.atomic
    def keep(self, workspace: Workspace, by: By, row: ModelBackend | None = None) -> ModelBackend:
        """A new row, or the changed one. An empty key leaves the old one in its place."""
        told = self.cleaned_data
        before = described(row) if row else None
        row = row or ModelBackend(workspace=workspace)
        moved = row.url != told["url"] or row.kind != told["kind"]
        row.kind, row.model, row.url = told["kind"], told["model"], told["url"]
        row.at_once = told["at_once"]
        row.is_default = told["is_default"] or not workspace.model_backends.exists()
        if told["key"] and row.secret:
            vault.replace(row.secret, told["key"])
        elif told["key"]:
            row.secret = vault.keep(workspace, f"Key for {row.model}"[:LONGEST_NAME], told["key"])
        elif moved and row.secret:
            # A key never travels to another address than the one it was typed in for.
            row.secret.delete()
            row.secret = None
        if row.is_default:
            workspace.model_backends.exclude(pk=row.pk).update(is_default=False)
        row.save()
        action = "model.changed" if before else "model.added"
        audit.record(
            workspace, by, action, Titled(row.pk, row.model), before=before, after=described(row)
        )
        return row


@dataclass(frozen=True)
class Titled:
    """A model as the audit log names it."""

    pk: str
    name: str


@in_one_deed
def remove(row: ModelBackend, by: By) -> None:
    """The row and its key, once. Raises ModelBackend.DoesNotExist when somebody was faster."""
    row = ModelBackend.objects.select_for_update().get(pk=row.pk)
    audit.record(
        row.workspace, by, "model.removed", Titled(row.pk, row.model), before=described(row)
    )
    if row.secret:
        row.secret.delete()
    row.delete()


def described(row: ModelBackend) -> dict[str, Any]:
    """For the audit log, which masks the key: that it was replaced can be seen, no more."""
    kept = f"{row.secret.pk} of {row.secret.updated_at}" if row.secret else None
    return {
        "kind": row.kind,
        "model": row.model,
        "url": row.url,
        "at_once": row.at_once,
        "is_default": row.is_default,
        "api_key": kept,
    }


def _address(url: str) -> str:
    """One that can be connected to as it stands; hosts of one word are other containers."""
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and url.isprintable()
        _ = parts.port
    except ValueError:
        raise ValidationError(_web_address.message) from None
    if not fine or " " in url:
        raise ValidationError(_web_address.message)
    if parts.username is not None:
        raise ValidationError("Leave name and password out; the key has a field of its own.")
    if "." in str(parts.hostname):
        _web_address(url)
    return url
