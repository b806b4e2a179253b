"""A new API key, as a form."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from dashboard.workspaces.models import Scope

LONGEST_NAME = 120
NAMELESS = f"Write a name of 1 to {LONGEST_NAME} characters, so that you know it again."
EXPIRIES = (
    ("never", "Never"),
    ("30", "In 30 days"),
    ("90", "In 90 days"),
    ("365", "In a year"),
    ("on", "On a day"),
)


class ApiKeyForm(forms.Form):
    name = forms.CharField(
        max_length=LONGEST_NAME,
        error_messages={
            "required": NAMELESS,
            "max_length": NAMELESS,
            "null_characters_not_allowed": NAMELESS,
        },
    )
    scope = forms.ChoiceField(
        choices=Scope.choices,
        required=False,
        error_messages={"invalid_choice": "Choose one of the list."},
    )
    expires = forms.ChoiceField(
        choices=EXPIRIES,
        required=False,
        error_messages={"invalid_choice": "Choose one of the list."},
    )
    day = forms.DateField(
        required=False, error_messages={"invalid": "Write a day such as 2027-01-31."}
    )

    def clean_scope(self) -> Scope:
        return Scope(self.cleaned_data["scope"] or Scope.WRITE)

    def clean(self) -> dict[str, Any]:
        told = super().clean() or self.cleaned_data
        if told.get("expires") == "on" and "day" in told:
            if not told["day"]:
                self.add_error("day", "Write the last day on which it works.")
            elif told["day"] < timezone.localdate():
                self.add_error("day", "This day is over. Write a later one.")
        return told

    @property
    def expires_at(self) -> datetime | None:
        """The end of the chosen day, on the workspace's clock."""
        choice = self.cleaned_data.get("expires") or "never"
        if choice == "never":
            return None
        if choice != "on":
            return timezone.now() + timedelta(days=int(choice))
        last = datetime.combine(self.cleaned_data["day"], time.max)
        try:
            return timezone.make_aware(last).astimezone(UTC)
        except OverflowError:  # the year 9999 may have no end in UTC
            return None
