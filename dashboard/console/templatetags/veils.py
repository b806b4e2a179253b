"""`veiled`: an address as a member who may only read sees it."""

from __future__ import annotations

from django import template

from ..veiling import address

register = template.Library()


@register.filter
def veiled(url: str) -> str:
    return address(url)
