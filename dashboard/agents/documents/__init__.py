"""The agent document of the wire: checked when it comes, kept as sent, filled when it goes."""

from .answers import (
    agent_document,
    agent_summary,
    conversation_config,
    filled_conversation_config,
    filled_platform_settings,
    filled_workflow,
    platform_settings,
)
from .as_text import as_text
from .conversation_config import DEFAULT_CLIENT_EVENTS, ConversationConfig
from .document import Document, Unfit, bounded, checked, complaint, filled, merged, same
from .initiation_hook import check_new_hook
from .platform_settings import PlatformSettings, check_new_hosts, writable
from .widget import widget_document
from .workflow import Workflow

__all__ = [
    "DEFAULT_CLIENT_EVENTS",
    "ConversationConfig",
    "Document",
    "PlatformSettings",
    "Unfit",
    "Workflow",
    "agent_document",
    "agent_summary",
    "as_text",
    "bounded",
    "check_new_hook",
    "check_new_hosts",
    "checked",
    "complaint",
    "conversation_config",
    "filled",
    "filled_conversation_config",
    "filled_platform_settings",
    "filled_workflow",
    "merged",
    "platform_settings",
    "same",
    "widget_document",
    "writable",
]
