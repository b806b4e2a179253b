"""A new webhook, as a form."""

from __future__ import annotations

import re

from django import forms
from django.core.exceptions import ValidationError

from dashboard.webhooks import address
from dashboard.webhooks import headers as own_headers

from .addresses import without_login

_HEADER = re.compile(r"[ \t]*([A-Za-z0-9!#$%&'*+.^_`|~-]{1,100})[ \t]*:")


class WebhookForm(forms.Form):
    name = forms.CharField(
        max_length=120, error_messages={"required": "Write a name, so that you know it again."}
    )
    url = forms.CharField(error_messages={"required": "Write the address that is told."})
    headers = forms.CharField(required=False, strip=False, max_length=50_000)

    @property
    def address(self) -> str:
        """As it is shown again: without a login."""
        return without_login(str(self["url"].value() or ""))

    @property
    def header_names(self) -> str:
        """As they are shown again: their values were typed to be sealed, and stay unseen."""
        lines = str(self["headers"].value() or "").splitlines()
        return "\n".join(f"{found[1]}: " for line in lines if (found := _HEADER.match(line)))

    def clean_url(self) -> str:
        try:
            return address.checked(self.cleaned_data["url"])
        except ValueError as trouble:
            raise ValidationError(f"{trouble}.") from None

    def clean_headers(self) -> own_headers.Headers:
        """One a line, `Name: value`."""
        found: dict[str, str] = {}
        for number, line in enumerate(self.cleaned_data["headers"].splitlines(), 1):
            name, colon, value = line.partition(":")
            if line.strip() and not colon:
                raise ValidationError(f"Line {number} has no colon; write Name: value.")
            if _HEADER.match(line) and not value.strip():  # as it is shown again
                raise ValidationError(f"Write the value of {name.strip()} again.")
            if line.strip():
                found[name.strip()] = value.strip()
        try:
            return own_headers.checked(found)
        except ValueError as trouble:
            raise ValidationError(f"{trouble}.") from None
