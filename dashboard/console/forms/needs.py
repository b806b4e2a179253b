"""What a ready-made agent asks its owner for, as a form; secrets go straight to the vault."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from dashboard.engine import variables
from dashboard.integrations.starting_point import Need, StartingPoint
from dashboard.workspaces import vault
from dashboard.workspaces.models import Workspace


class NeedsForm(forms.Form):
    def __init__(self, point: StartingPoint, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.point = point
        for need in point.needs:
            self.fields[need.key] = forms.CharField(
                label=need.label,
                help_text=need.hint,
                max_length=4000,
                validators=[_fits(need)],
                widget=forms.TextInput if need.lines == 1 else forms.Textarea,
                error_messages={"required": "Fill this in; the agent cannot work without it."},
            )

    @property
    def asked(self) -> list[tuple[Need, forms.BoundField]]:
        return [(need, self[need.key]) for need in self.point.needs]

    def given(self, workspace: Workspace) -> dict[str, str]:
        """By need: what was typed, or the id of the secret that now holds it."""
        given = {}
        for need in self.point.needs:
            typed = str(self.cleaned_data[need.key])
            if need.secret:
                typed = vault.keep(workspace, need.label, need.kept_as(typed)).pk
            given[need.key] = typed
        return given


def _fits(need: Need) -> Any:
    def check(typed: str) -> None:
        if not need.secret and (names := variables.names(typed)):
            # It would stand in the instructions, and no visitor brings a value for it.
            raise ValidationError(f"Leave out {{{{{min(names)}}}}}: nobody would fill it in.")
        if not need.fits(typed):
            raise ValidationError(f"This does not look right. For example: {need.example}")

    return check
