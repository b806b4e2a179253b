"""The workspace itself: settings, models and their prices, visitors, webhooks, who is calling."""

from __future__ import annotations

import hashlib
import hmac
import time

from ..steps import Step, step


def looking(run: str) -> list[Step]:
    price = {"prompt_length": 1000, "number_of_pages": 3, "rag_enabled": True}
    nothing = {"prompt_length": 0, "number_of_pages": 0, "rag_enabled": False}
    visitors = {
        "agent_id": "$talked_agent",
        "call_start_after_unix": 1,
        "call_start_before_unix": 4_000_000_000,
        "search": "visitor",
        "page_size": 5,
        "sort_by": "conversation_count",
        "sort_direction": "asc",
    }
    return [
        step("llm.list"),
        step("llm_usage.calculate", nothing),
        step("llm_usage.calculate", price, "full"),
        step("users.list"),
        step("users.list", visitors, "full", expects={"users": [{"user_id": "visitor ø"}]}),
        step("users.list", {"search": "🦊"}, "odd", expects={"users": []}),
        step("analytics.live_count.get"),
        step("analytics.live_count.get", {"agent_id": "$agent"}, "full", expects={"count": 0}),
        step(".user.get"),
        step(".user.subscription.get"),
        step(".models.list"),
    ]


def settings(run: str) -> list[Step]:
    charts = [
        {"type": "call_success", "name": "Success ☕"},
        {"type": "criteria", "name": "Kind", "criteria_id": "kind"},
        {"type": "data_collection", "name": "Mood", "data_collection_id": "userIntent"},
    ]
    whole = {
        "conversation_initiation_client_data_webhook": {
            "url": "https://hooks.example/start",
            "request_headers": {"X-A": "b"},
        },
        "webhooks": {"post_call_webhook_id": "$webhook", "events": ["transcript"]},
        "can_use_mcp_servers": False,
        "rag_retention_period_days": 20,
    }
    unset = {"conversation_initiation_client_data_webhook": None, "webhooks": {"events": []}}
    return [
        step("settings.get"),
        step("settings.update", {"rag_retention_period_days": 15}),
        step("settings.update", whole, "full", expects={"rag_retention_period_days": 20}),
        step("settings.get", {}, "full", expects={"webhooks": whole["webhooks"]}),
        step("settings.update", {"rag_retention_period_days": 500}, "odd", fails=422),
        step("settings.update", {**unset, "rag_retention_period_days": 10}, "odd"),
        step("dashboard.settings.get"),
        step("dashboard.settings.update", {"charts": []}, expects={"charts": []}),
        step("dashboard.settings.update", {"charts": charts}, "full", expects={"charts": charts}),
        step("dashboard.settings.update", {}, "odd", expects={"charts": charts}),
    ]


def webhooks(run: str) -> list[Step]:
    url = "https://hooks.example/after"
    hook = {"auth_type": "hmac", "name": run, "webhook_url": url}
    odd = {**hook, "name": f"{run} ☕", "request_headers": {"X-A": "b"}}
    change = {"webhook_id": "$webhook", "is_disabled": False, "name": f"{run} ø"}
    body = b'{"type":"post_call_transcription","event_timestamp":1,"data":{}}'
    signed = {
        "rawBody": body.decode(),
        "sig_header": _signature("wsec_x", body),
        "secret": "wsec_x",
    }
    return [
        step(".webhooks.create", {"settings": hook}, keep={"webhook": "webhook_id"}),
        step(".webhooks.create", {"settings": odd}, "full", keep={"odd_hook": "webhook_id"}),
        step(".webhooks.list"),
        step(".webhooks.list", {"include_usages": True}, "full"),
        step(".webhooks.update", change),
        step(".webhooks.update", {**change, "is_disabled": True, "retry_enabled": True}, "full"),
        step(".webhooks.update", {**change, "is_disabled": False}),
        step(".webhooks.construct_event", signed),
        step(".webhooks.delete", {"webhook_id": "$odd_hook"}),
        step(".webhooks.delete", {"webhook_id": "$odd_hook"}, "odd", fails=404),
    ]


def _signature(secret: str, body: bytes) -> str:
    at = int(time.time())
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v0={digest}"
