"""One card of an agent's page: some fields, their stamp, and the change that a Save asks for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar

import orjson
from django import forms
from django.http import QueryDict

from dashboard.agents.documents import Unfit
from dashboard.agents.models import Agent

JSON = dict[str, Any]


class CardForm(forms.Form):
    """`told` is what the card shows of an agent as it is; `change` what `revise` is asked for."""

    # By the end of a place in the agent's document: the field that fills it.
    places: ClassVar[Mapping[str, str]] = {}
    seen = forms.CharField(required=False, max_length=64)

    def __init__(self, agent: Agent, data: QueryDict | None = None) -> None:
        super().__init__(data, initial=self.told(agent))
        self.agent = agent

    @classmethod
    def told(cls, agent: Agent) -> JSON:
        raise NotImplementedError

    def change(self) -> JSON:
        raise NotImplementedError

    @classmethod
    def stamp(cls, agent: Agent) -> str:
        """Differs as soon as one of the card's fields does."""
        told = orjson.dumps(cls.told(agent), option=orjson.OPT_SORT_KEYS, default=str)
        return hashlib.sha256(told).hexdigest()[:16]

    def refuse(self, unfit: Unfit) -> None:
        """What `revise` found wrong, beside the field that it is about."""
        for error in unfit.errors:
            place = [str(part) for part in error["loc"]]
            field = next(
                (self.places[name] for name in reversed(place) if name in self.places), None
            )
            where = "" if field else f"{'.'.join(place)}: "
            self.add_error(field, f"{where}{error['msg']}.")


def whole(label: str, least: int, most: int, *, required: bool = True) -> forms.IntegerField:
    """A number without decimals; `label` says what to write when it is none."""
    return forms.IntegerField(
        required=required,
        min_value=least,
        max_value=most,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), label),
    )


def seconds(label: str, least: float, most: float) -> forms.FloatField:
    """Seconds, or empty for never."""
    return forms.FloatField(
        required=False,
        min_value=least,
        max_value=most,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), label),
    )


def line(longest: int) -> forms.CharField:
    """One line of words that may be left empty."""
    return forms.CharField(
        required=False,
        max_length=longest,
        error_messages={"max_length": f"Use at most {longest} characters."},
    )


def shown(number: float) -> str:
    """`7` for 7.0, and nothing for -1, which stands for never."""
    if number < 0:
        return ""
    return str(int(number)) if float(number).is_integer() else str(number)
