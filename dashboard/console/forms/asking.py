"""The owner's server that is asked before a conversation starts (contract rest.md §6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from dashboard.agents.documents import filled_platform_settings
from dashboard.agents.models import Agent
from dashboard.webhooks import address
from dashboard.webhooks import headers as own_headers

from ..veiling import address as veiled
from .addresses import without_login
from .card import JSON, CardForm
from .json_text import is_fit
from .tool import EMPTY_ROWS, SECRET, VALUE, Header

_WEBHOOK = "conversation_initiation_client_data_webhook"
_SWITCH = "enable_conversation_initiation_client_data_from_webhook"


class AskingForm(CardForm):
    """Address and headers, and whether they are used at all."""

    places: ClassVar[Mapping[str, str]] = {"url": "url", "request_headers": "headers"}
    ask = forms.BooleanField(required=False)
    url = forms.CharField(required=False, max_length=address.LONGEST)
    headers = forms.CharField(required=False)  # never sent: where errors of the rows stand

    def __init__(self, agent: Agent, data: QueryDict | None = None) -> None:
        super().__init__(agent, data)
        self.rows_sent = _typed(data) if data is not None else None

    @classmethod
    def told(cls, agent: Agent) -> JSON:
        settings = filled_platform_settings(agent.told)
        hook = settings["workspace_overrides"].get(_WEBHOOK) or {}
        return {
            "ask": settings["overrides"][_SWITCH],
            "url": hook.get("url") or "",
            "sent": dict(hook.get("request_headers") or {}),
        }

    @property
    def address(self) -> str:
        """As it is shown again: without a login."""
        return without_login(str(self["url"].value() or ""))

    @property
    def veiled_address(self) -> str:
        return veiled(self.address)

    @property
    def rows(self) -> list[Header]:
        given = self.rows_sent
        if given is None:
            given = [_header(name, value) for name, value in self.initial["sent"].items()]
        return [*given, *[Header()] * EMPTY_ROWS]

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"]).strip()
        if not url:
            return ""
        try:
            return address.checked(url)
        except ValueError as trouble:
            raise ValidationError(f"{trouble}.") from None

    def clean_headers(self) -> JSON:
        rows = self.rows_sent or []
        if any(not row.name for row in rows):
            raise ValidationError("Write the name of each header.")
        if len({row.name.lower() for row in rows}) < len(rows):
            raise ValidationError("Each header can be there once.")
        found = {row.name: self._value(row) for row in rows}
        try:
            own_headers.checked({k: v if isinstance(v, str) else "" for k, v in found.items()})
        except ValueError as trouble:
            raise ValidationError(f"{trouble}.") from None
        return found

    def _value(self, row: Header) -> Any:
        if row.source.startswith(SECRET):
            return {"secret_id": self._secret(row)}
        if row.source == "kept":  # a source that the card does not know
            return self.initial["sent"].get(row.name, "")
        return row.text.strip()

    def _secret(self, row: Header) -> str:
        """One of this workspace, or the one that stood there before and is gone since."""
        chosen = row.source.removeprefix(SECRET)
        before = self.initial["sent"].get(row.name)
        if before != {"secret_id": chosen}:
            fit = is_fit(chosen) and self.agent.workspace.secrets.filter(pk=chosen).exists()
            if not fit:
                raise ValidationError(f"The secret for {row.name} is not there. Choose another.")
        return chosen

    def clean(self) -> JSON:
        told = super().clean() or self.cleaned_data
        if "url" in told and not told["url"] and not self.errors:
            if told["ask"]:
                self.add_error("url", "Write the address that is asked, or switch the asking off.")
            elif told["headers"]:
                self.add_error("url", "Write the address that these headers are for.")
        return told

    def change(self) -> JSON:
        told = self.cleaned_data
        hook: JSON | None = None
        if told["url"]:
            # A merge keeps what is not named: headers that are gone are named with null.
            gone = dict.fromkeys(set(self.initial["sent"]) - set(told["headers"]))
            hook = {"url": told["url"], "request_headers": {**gone, **told["headers"]}}
            if not told["headers"] and not self.initial["url"]:
                hook["request_headers"] = {}
        return {
            "platform_settings": {
                "overrides": {_SWITCH: told["ask"]},
                "workspace_overrides": {_WEBHOOK: hook},
            }
        }


def _typed(post: QueryDict) -> list[Header]:
    names, sources = post.getlist("header_name"), post.getlist("header_source")
    rows = zip(names, sources, post.getlist("header_text"), strict=False)
    return [Header(n.strip(), s, t) for n, s, t in rows if n.strip() or t.strip() or _is_chosen(s)]


def _is_chosen(source: str) -> bool:
    return source.startswith(SECRET) and len(source) > len(SECRET)


def _header(name: str, value: Any) -> Header:
    match value:
        case {"secret_id": str(secret_id)}:
            return Header(name, SECRET + secret_id)
        case str():
            return Header(name, VALUE, value)
    return Header(name, "kept")
