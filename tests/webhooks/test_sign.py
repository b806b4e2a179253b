"""The signature, checked by the vendor's own SDK."""

from __future__ import annotations

import json
import time

import pytest
from elevenlabs.client import ElevenLabs
from elevenlabs.errors import BadRequestError

from dashboard.webhooks.sign import HEADER, signature

BODY = json.dumps({"type": "post_call_transcription", "data": {"name": "Zoë"}}).encode()
SDK = ElevenLabs(api_key="unused").webhooks


def test_the_vendors_sdk_accepts_it() -> None:
    header = signature("s3cret", BODY, int(time.time()))

    event = SDK.construct_event(BODY.decode(), header, "s3cret")

    assert event["data"] == {"name": "Zoë"}


@pytest.mark.parametrize(
    ("body", "secret", "age"),
    [(BODY + b" ", "s3cret", 0), (BODY, "another", 0), (BODY, "s3cret", 31 * 60)],
)
def test_the_vendors_sdk_refuses_what_was_changed_or_is_old(
    body: bytes, secret: str, age: int
) -> None:
    header = signature("s3cret", BODY, int(time.time()) - age)

    with pytest.raises(BadRequestError):
        SDK.construct_event(body.decode(), header, secret)


def test_the_form_is_the_contracts() -> None:
    assert HEADER == "ElevenLabs-Signature"
    assert signature("key", b"body", 1700000000) == (
        "t=1700000000,v0=47b6ce0fca59474308e2921c247cb2493dce6b8101d90ac05bd0c6a37d0e046e"
    )
