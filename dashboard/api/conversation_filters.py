"""What a list of conversations can be narrowed by (contract rest.md §13)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from django.db.models import Q
from pydantic import BaseModel, Field

from dashboard.conversations.facts import as_number
from dashboard.conversations.filters import NUMERIC, Compare, Condition, ToolsUsed, Wanted
from dashboard.conversations.models import FactKind, Outcome, Status

from .errors import Malformed
from .pages import Search

Moment = Annotated[int, Field(ge=0, le=253_402_300_799)]  # up to the year 9999
Seconds = Annotated[int, Field(ge=0, lt=2**31)]
Rating = Annotated[int, Field(ge=1, le=5)]
Words = Annotated[list[Annotated[str, Field(max_length=1_000)]], Field(max_length=100)]
Conditions = Annotated[list[Annotated[str, Field(max_length=1_000)]], Field(max_length=20)]
TOOLS = ("tool_names", "tool_ids")
# Of things that conversations on this server never have.
UNHEARD_OF = (
    *("branch_id", "topic_ids", "tag_ids", "guardrail_types", "custom_guardrail_names"),
    *("visited_agent_branch_ids", "triggered_procedure_ids", "workflow_node_entered_id"),
    *("parent_conversation_id", "phone_number_ids", "whatsapp_phone_number_ids"),
)


class ConversationFilters(BaseModel):
    agent_id: str | None = None
    call_successful: Literal["success", "failure", "unknown", "error"] | None = None
    status: list[Status] = Field(default_factory=list)
    exclude_statuses: list[Status] = Field(default_factory=list)
    call_start_before_unix: Moment | None = None
    call_start_after_unix: Moment | None = None
    call_duration_min_secs: Seconds | None = None
    call_duration_max_secs: Seconds | None = None
    rating_min: Rating | None = None
    rating_max: Rating | None = None
    has_feedback_comment: bool | None = None
    user_id: str | None = None
    evaluation_params: Conditions = Field(default_factory=list)
    data_collection_params: Conditions = Field(default_factory=list)
    data_collection_filter: Search | None = None
    dynamic_variable_params: Conditions = Field(default_factory=list)
    dynamic_variable_filter: Search | None = None
    tool_names: Words = Field(default_factory=list)
    tool_names_successful: Words = Field(default_factory=list)
    tool_names_errored: Words = Field(default_factory=list)
    tool_ids: Words = Field(default_factory=list)
    tool_ids_successful: Words = Field(default_factory=list)
    tool_ids_errored: Words = Field(default_factory=list)
    include_invalid_tool_calls: bool = False
    main_languages: Words = Field(default_factory=list)
    termination_reasons: Words = Field(default_factory=list)
    search: Search | None = None
    conversation_initiation_source: str | None = None
    text_only: bool | None = None
    version_id: str | None = None
    visited_agent_ids: Words = Field(default_factory=list)
    conversation_product_type: Literal["agents", "speech_engine"] | None = None
    branch_id: str | None = None
    topic_ids: Words = Field(default_factory=list)
    tag_ids: Words = Field(default_factory=list)
    guardrail_types: Words = Field(default_factory=list)
    custom_guardrail_names: Words = Field(default_factory=list)
    visited_agent_branch_ids: Words = Field(default_factory=list)
    triggered_procedure_ids: Words = Field(default_factory=list)
    workflow_node_entered_id: str | None = None
    parent_conversation_id: str | None = None
    phone_number_ids: Words = Field(default_factory=list)
    whatsapp_phone_number_ids: Words = Field(default_factory=list)

    def wanted(self) -> Wanted:
        """Every filter that was asked for."""
        return Wanted(
            rows=self._rows(),
            facts=list(self._facts()),
            tools=list(self._tools()),
            said=self.search or "",
            with_invalid_calls=self.include_invalid_tool_calls,
            nothing=self.conversation_product_type == "speech_engine"
            or any(getattr(self, name) for name in UNHEARD_OF),
        )

    def _rows(self) -> Q:
        exact = {
            "agent_id": self.agent_id,
            "agent_id__in": self.visited_agent_ids or None,
            "visitor_id": self.user_id,
            "text_only": self.text_only,
            "version_id": self.version_id,
            "source": self.conversation_initiation_source,
            "status__in": self._statuses(),
            "language__in": self.main_languages or None,
            "ended_because__in": self.termination_reasons or None,
            "started_at__lt": _time(self.call_start_before_unix),
            "started_at__gt": _time(self.call_start_after_unix),
            "lasted__gte": self.call_duration_min_secs,
            "lasted__lte": self.call_duration_max_secs,
            "rating__gte": self.rating_min,
            "rating__lte": self.rating_max,
            "has_comment": self.has_feedback_comment,
        }
        wanted = Q(**{column: value for column, value in exact.items() if value is not None})
        return wanted & _judged(self.call_successful)

    def _statuses(self) -> list[Status] | None:
        """What is left, as a list: an index can look that up."""
        if not self.status and not self.exclude_statuses:
            return None
        return [s for s in self.status or list(Status) if s not in self.exclude_statuses]

    def _facts(self) -> Iterator[Condition]:
        for text in self.evaluation_params:
            yield _verdict(text)
        for name, kind in (
            ("data_collection", FactKind.COLLECTED),
            ("dynamic_variable", FactKind.VARIABLE),
        ):
            for text in getattr(self, f"{name}_params"):
                yield _condition(f"{name}_params", kind, text)
            if (one := getattr(self, f"{name}_filter")) is not None:
                yield _condition(f"{name}_filter", kind, one)

    def _tools(self) -> Iterator[ToolsUsed]:
        for field in TOOLS:
            for ending, erred in (("", None), ("_successful", False), ("_errored", True)):
                if names := getattr(self, field + ending):
                    yield ToolsUsed(names, field == "tool_ids", erred)


def _verdict(text: str) -> Condition:
    name, found, result = text.rpartition(":")
    if not (found and name) or result not in Outcome.values:
        raise _wrong("evaluation_params", "It is criteria_id:success, :failure or :unknown")
    return Condition(FactKind.VERDICT, name, Compare.EQUAL, result)


def _condition(field: str, kind: FactKind, text: str) -> Condition:
    name, found, rest = text.partition(":")
    operation, _, value = rest.partition(":")
    if not (found and name) or operation not in list(Compare):
        raise _wrong(field, f"It is id:operation:value with one of {', '.join(Compare)}")
    compare = Compare(operation)
    if compare in NUMERIC and as_number(value) is None:
        raise _wrong(field, f"{operation} needs a number")
    return Condition(kind, name, compare, value)


def _wrong(field: str, message: str) -> Malformed:
    return Malformed(["query", field], message, "value_error")


def _judged(outcome: str | None) -> Q:
    match outcome:
        case None:
            return Q()
        case "error":
            return Q(status=Status.FAILED)
        case _:
            return Q(outcome=outcome)


def _time(unix: int | None) -> Any:
    return None if unix is None else datetime.fromtimestamp(unix, UTC)
