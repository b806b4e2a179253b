"""Conversations in lists and whole, with what was made of them (contract rest.md §2, §13)."""

from __future__ import annotations

from typing import Any

from . import Shape


class ConversationLine(Shape):
    agent_id: str
    agent_name: str | None = None
    conversation_id: str
    start_time_unix_secs: int
    call_duration_secs: int
    message_count: int
    user_message_count: int | None = None
    agent_message_count: int | None = None
    status: str
    call_successful: str
    call_success_score: float | None = None
    transcript_summary: str | None = None
    call_summary_title: str | None = None
    main_language: str | None = None
    conversation_initiation_source: str | None = None
    tool_names: list[str] | None = None
    termination_reason: str = ""
    direction: str | None = None
    rating: float | None = None
    version_id: str | None = None
    branch_id: str | None = None
    data_collection_results: dict[str, Any] | None = None
    evaluation_criteria_results: dict[str, Any] | None = None
    tag_ids: list[str] | None = None


class ConversationsPage(Shape):
    conversations: list[ConversationLine]
    next_cursor: str | None = None
    has_more: bool


class TranscriptToolCall(Shape):
    type: str | None = None
    request_id: str
    tool_name: str
    params_as_json: str
    tool_has_been_called: bool


class TranscriptToolResult(Shape):
    type: str | None = None
    request_id: str
    tool_name: str
    result_value: str
    is_error: bool
    tool_has_been_called: bool
    tool_latency_secs: float = 0


class TurnFeedback(Shape):
    score: str
    time_in_call_secs: int


class RetrievedPassage(Shape):
    document_id: str
    chunk_id: str
    vector_distance: float


class Retrieval(Shape):
    """Where the agent looked before it answered."""

    chunks: list[RetrievedPassage]
    embedding_model: str
    retrieval_query: str
    rag_latency_secs: float


class TranscriptTurn(Shape):
    role: str
    time_in_call_secs: int
    message: str | None = None
    tool_calls: list[TranscriptToolCall] | None = None
    tool_results: list[TranscriptToolResult] | None = None
    feedback: TurnFeedback | None = None
    rag_retrieval_info: Retrieval | None = None


class CriterionResult(Shape):
    criteria_id: str
    result: str
    rationale: str


class CollectedResult(Shape):
    data_collection_id: str
    value: Any = None
    rationale: str


class ConversationAnalysis(Shape):
    evaluation_criteria_results: dict[str, CriterionResult]
    data_collection_results: dict[str, CollectedResult]
    evaluation_criteria_results_list: list[CriterionResult]
    data_collection_results_list: list[CollectedResult]
    call_successful: str
    transcript_summary: str
    call_summary_title: str | None = None


class ConversationFeedback(Shape):
    type: str | None = None
    overall_score: str | None = None
    likes: int = 0
    dislikes: int = 0
    rating: int | None = None
    comment: str | None = None


class ConversationMetadata(Shape):
    start_time_unix_secs: int
    call_duration_secs: int
    feedback: ConversationFeedback | None = None


class ConversationFile(Shape):
    file_id: str
    file_name: str
    mime_type: str
    size_bytes: int


class WholeConversation(Shape):
    agent_id: str
    status: str
    metadata: ConversationMetadata
    conversation_id: str
    has_audio: bool
    has_user_audio: bool
    has_response_audio: bool
    has_auxiliary_audio: bool
    transcript: list[TranscriptTurn]
    analysis: ConversationAnalysis | None = None


class ConversationMessage(Shape):
    role: str
    message: str


class ConversationSummary(Shape):
    conversation_id: str
    agent_id: str
    status: str
    message_count: int
    note: str
    call_summary_title: str | None = None
    transcript_summary: str | None = None
    call_successful: str | None = None
    messages: list[ConversationMessage] | None = None
    messages_omitted: bool = False


class FoundPiece(Shape):
    value: str
    is_hit: bool


class FoundMessage(Shape):
    conversation_id: str
    agent_id: str
    agent_name: str | None = None
    transcript_index: int
    chunk_text: str
    chunk_highlights: list[FoundPiece] | None = None
    score: float
    conversation_start_time_unix_secs: int


class FoundMessages(Shape):
    meta: dict[str, Any]
    results: list[FoundMessage]
    next_cursor: str | None = None
    has_more: bool


class FileKept(Shape):
    file_id: str


class LiveCount(Shape):
    count: int
