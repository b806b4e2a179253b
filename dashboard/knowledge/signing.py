"""Signed addresses under which the file of a document can be fetched, for a quarter of an hour."""

from __future__ import annotations

from django.conf import settings
from django.core import signing

from dashboard.workspaces import ids

from .models import SourceFile

_FETCH = signing.TimestampSigner(salt="parley.source-file", sep=".")


def sign(document_id: str) -> str:
    return _FETCH.sign_object(document_id)


def may_fetch(document_id: str, signature: str) -> bool:
    """Whether the signature is for this file, and young enough."""
    try:
        signed = _FETCH.unsign_object(signature, max_age=settings.SIGNED_URL_SECONDS)
    except (signing.BadSignature, ValueError):
        return False
    return bool(signed == document_id)


def fetchable(document_id: str, signature: str) -> SourceFile | None:
    """The file that this signature opens, whoever holds it."""
    if not ids.is_id(document_id) or not may_fetch(document_id, signature):
        return None
    return SourceFile.objects.select_related("document").filter(pk=document_id).first()
