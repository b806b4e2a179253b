"""A secret as a form; its value goes to the vault and never comes back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from dashboard.integrations.starting_point import basic, bearer
from dashboard.workspaces import vault
from dashboard.workspaces.audit import By
from dashboard.workspaces.models import Secret, Workspace
from dashboard.workspaces.secret_values import trouble_with_name, trouble_with_value

AS_TYPED, BEARER, BASIC = "plain", "bearer", "basic"
SHAPES = (
    (BEARER, "Bearer and a key"),
    (BASIC, "Basic: a login and a key"),
    (AS_TYPED, "Exactly what I type"),
)


class SecretForm(forms.Form):
    """`shape`: how the header is made of what was typed."""

    name = forms.CharField(required=False)
    shape = forms.ChoiceField(choices=SHAPES, initial=BEARER)
    login = forms.CharField(required=False, max_length=500)
    value = forms.CharField(required=False, max_length=10_000)

    def __init__(self, workspace: Workspace, row: Secret | None, post: QueryDict | None = None):
        super().__init__(post, initial={"name": row.name if row else "", "shape": BEARER})
        self.workspace, self.row = workspace, row

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"]).strip()
        if trouble := trouble_with_name(name):
            raise ValidationError(f"{trouble}.")
        others = self.workspace.secrets.filter(name=name)
        if others.exclude(pk=self.row.pk if self.row else None).exists():
            raise ValidationError("There is a secret with this name. Replace its value there.")
        return name

    def clean(self) -> dict[str, Any]:
        told = super().clean() or self.cleaned_data
        typed = str(told.get("value") or "")
        if not typed.strip() and self.row is not None:
            return {**told, "value": None}  # only the name changes
        told["value"] = self._built(typed, str(told.get("login") or ""), told.get("shape"))
        if trouble := trouble_with_value(typed) or trouble_with_value(told["value"]):
            self.add_error("value", f"{trouble}.")
        if told.get("shape") == BASIC and not told.get("login") and ":" not in typed:
            self.add_error("login", "Write the login, for example ada@harbour.example/token.")
        return told

    def _built(self, typed: str, login: str, shape: Any) -> str:
        match shape:
            case "bearer":
                return bearer(typed)
            case "basic":
                return basic(f"{login.strip()}:{typed.strip()}" if login.strip() else typed)
        return typed

    def keep(self, by: By) -> Secret:
        """Raises Secret.DoesNotExist when the one to replace is gone."""
        name, value = self.cleaned_data["name"], self.cleaned_data["value"]
        if self.row is None:
            return vault.store(self.workspace, by, name, value)
        return vault.change(self.row, by, name=name, value=value)
