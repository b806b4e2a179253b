"""What a document is made of, as forms; what cannot be read is said beside its field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms

from dashboard.knowledge.models import LONGEST_NAME
from dashboard.knowledge.sources import (
    LONGEST_URL,
    Source,
    Unusable,
    check_size,
    from_file,
    from_text,
    from_url,
)

_TOO_LONG = {"max_length": f"Use at most {LONGEST_NAME} characters."}


class DocumentForm(forms.Form):
    """A name, which may be left to the document itself."""

    field = "name"  # that says what the document is
    workspace_id = ""  # whose it will be
    name = forms.CharField(required=False, max_length=LONGEST_NAME, error_messages=_TOO_LONG)

    def sources(self) -> list[Source]:
        """What to keep; empty, with an error beside its field, when it cannot be read."""
        try:
            return list(self.read())
        except Unusable as trouble:
            self.add_error(self.field, trouble.reason)
            return []

    def read(self) -> Iterator[Source]:
        raise NotImplementedError


class TextForm(DocumentForm):
    field = "text"
    text = forms.CharField(strip=False, error_messages={"required": "Write or paste something."})

    def read(self) -> Iterator[Source]:
        yield from_text(str(self.cleaned_data["text"]))


class AddressForm(DocumentForm):
    field = "url"
    url = forms.CharField(
        max_length=LONGEST_URL,
        error_messages={"required": "Write the address of a page, with https:// at the start."},
    )

    def read(self) -> Iterator[Source]:
        url = str(self.cleaned_data["url"])
        whole = url if "://" in url else f"https://{url}"
        yield from_url(whole, workspace_id=self.workspace_id)


class FilesForm(DocumentForm):
    """`file` may be many; those that can be read are kept even when another cannot."""

    field = "file"
    file = forms.FileField(required=False, allow_empty_file=True, max_length=None)

    def sources(self) -> list[Source]:
        found: list[Source] = []
        files: list[Any] = self.files.getlist("file") if hasattr(self.files, "getlist") else []
        if not files:
            self.add_error("file", "Choose a file.")
        for file in files:
            try:
                check_size(file.size)
                found.append(self._read(file))
            except Unusable as trouble:
                self.add_error("file", f"{file.name}: {trouble.reason}")
        return found

    def _read(self, file: Any) -> Source:
        name, kind = file.name or "", file.content_type or ""
        return from_file(file.read(), name, kind, workspace_id=self.workspace_id)


class FolderForm(forms.Form):
    name = forms.CharField(
        max_length=LONGEST_NAME, error_messages={"required": "Write a name.", **_TOO_LONG}
    )


class ChangeForm(forms.Form):
    """A document's name and, of a text, its words."""

    name = forms.CharField(
        max_length=LONGEST_NAME, error_messages={"required": "Write a name.", **_TOO_LONG}
    )
    content = forms.CharField(
        strip=False, error_messages={"required": "Write something, or delete the document."}
    )

    def __init__(self, *args: Any, has_text: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_text:
            del self.fields["content"]
