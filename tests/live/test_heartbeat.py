"""A server that lives says so, whatever else it has to do."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.conf import settings
from django.utils import timezone

from dashboard.conversations.models import LiveServer
from dashboard.live.record import in_database
from dashboard.live.server import ThisServer

pytestmark = [pytest.mark.both_profiles, pytest.mark.django_db(transaction=True)]
CROWD = 50


async def beside(deed: Any, **named: Any) -> None:
    """In a thread that the crowd does not use."""
    await database_sync_to_async(deed, thread_sensitive=False)(**named)


async def test_the_heart_beats_while_a_crowd_waits_for_the_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "HEARTBEAT_SECONDS", 0.05)
    here, gate = ThisServer(), threading.Event()
    row = await in_database(LiveServer.objects.get, pk=await here.id())
    crowd = [asyncio.create_task(in_database(gate.wait, 30)) for _ in range(CROWD)]
    try:
        long_ago = timezone.now() - timedelta(seconds=60)
        await beside(LiveServer.objects.filter(pk=row.pk).update, beat_at=long_ago)
        row.beat_at = long_ago

        async with asyncio.timeout(10):
            while row.beat_at < LiveServer.stale_before():
                await asyncio.sleep(0.05)
                await beside(row.refresh_from_db)

        assert not any(one.done() for one in crowd)
    finally:
        gate.set()
        await asyncio.gather(*crowd)
        await here.stop()
