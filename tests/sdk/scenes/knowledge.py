"""Knowledge of every kind: texts, files and folders, and the agents that read them."""

from __future__ import annotations

from ..steps import Step, step, upload

TEXT = "Opening hours: 9–17 on Ærø ☕.\n\n" * 20
MODEL = {"embedding_model": "e5_mistral_7b_instruct"}
DOCUMENT = "knowledge_base.documents."


def making(run: str) -> list[Step]:
    faq = upload("opening hours.md", TEXT.encode(), "text/markdown")
    odd = upload("名前 “odd”.txt", "Ærø ☕".encode(), "text/plain")
    return [
        step(DOCUMENT + "create_from_text", {"text": "Hello."}, keep={"text": "id"}),
        step(DOCUMENT + "create_folder", {"name": f"{run} folder"}, keep={"folder": "id"}),
        step(
            DOCUMENT + "create_folder",
            {"name": "名前", "parent_folder_id": "$folder"},
            "full",
            keep={"inner": "id"},
        ),
        step(
            DOCUMENT + "create_from_text",
            {"text": TEXT, "name": f"{run} text", "parent_folder_id": "$folder"},
            "full",
            keep={"long": "id"},
            expects={"name": f"{run} text"},
        ),
        step(DOCUMENT + "create_from_file", {"file": faq}, keep={"file": "id"}),
        step(
            DOCUMENT + "create_from_file",
            {"file": odd, "name": f"{run} file", "parent_folder_id": "$inner"},
            "full",
            keep={"odd_file": "id"},
        ),
        step(DOCUMENT + "create_from_url", {"url": "$page_url"}, keep={"url": "id"}),
        step(
            DOCUMENT + "create_from_url",
            {"url": "$page_url", "name": f"{run} ☕", "parent_folder_id": "$folder"},
            "full",
            keep={"named_url": "id"},
        ),
        *_reading(run),
    ]


def _reading(run: str) -> list[Step]:
    locator = {"type": "text", "name": f"{run} text", "id": "$long", "usage_mode": "auto"}
    told = {"agent": {"prompt": {"knowledge_base": [locator]}}}
    kinds = {"text": "text", "folder": "folder", "file": "file", "odd_file": "file", "url": "url"}
    return [
        step(
            "agents.update",
            {"agent_id": "$agent", "conversation_config": told},
            "full",
            expects={"conversation_config": told},
        ),
        *[
            step(DOCUMENT + "get", {"documentation_id": f"${name}"}, expects={"type": kind})
            for name, kind in kinds.items()
        ],
        step(
            DOCUMENT + "get",
            {"documentation_id": "$long", "agent_id": "$agent"},
            "full",
            expects={"name": f"{run} text"},
        ),
        step(DOCUMENT + "get", {"documentation_id": "doc_nobody"}, "odd", fails=404),
        step(DOCUMENT + "get_content", {"documentation_id": "$long"}),
        step(DOCUMENT + "get_content", {"documentation_id": "$odd_file"}, "odd"),
        step(DOCUMENT + "get_source_file_url", {"documentation_id": "$file"}),
        step(DOCUMENT + "get_agents", {"documentation_id": "$text"}, expects={"agents": []}),
        step(
            DOCUMENT + "get_agents",
            {"documentation_id": "$long", "dependent_type": "direct", "page_size": 5},
            "full",
            expects={"agents": [{"id": "$agent"}]},
        ),
        *_pieces(),
        *_listing(run),
    ]


def _pieces() -> list[Step]:
    return [
        step(
            DOCUMENT + "chunks.list",
            {"documentation_id": "$long", **MODEL},
            keep={"chunk": "chunks.0.id"},
        ),
        step(
            DOCUMENT + "chunks.list", {"documentation_id": "$long", "page_size": 1, **MODEL}, "full"
        ),
        step(DOCUMENT + "chunk.get", {"documentation_id": "$long", "chunk_id": "$chunk"}),
        step(
            DOCUMENT + "chunk.get",
            {"documentation_id": "$long", "chunk_id": "☕"},
            "odd",
            fails=404,
        ),
    ]


def _listing(run: str) -> list[Step]:
    everything = {
        "page_size": 5,
        "search": f"{run} text",
        "show_only_owned_documents": True,
        "types": ["text", "file"],
        "folders_first": True,
        "sort_direction": "asc",
        "sort_by": "name",
    }
    return [
        step("knowledge_base.list"),
        step("knowledge_base.list", everything, "full", expects={"documents": [{"id": "$long"}]}),
        step("knowledge_base.list", {"search": "🦊 nobody"}, "odd", expects={"documents": []}),
        step("knowledge_base.list", {"parent_folder_id": "$folder", "folders_first": True}, "full"),
        step("knowledge_base.search", {"query": "hours"}),
        step("knowledge_base.search", {"query": "æ ☕", "page_size": 1, "types": ["text"]}, "full"),
    ]


def ending(run: str) -> list[Step]:
    newer = upload("newer.txt", b"Newer.", "text/plain")
    return [
        step(DOCUMENT + "update", {"documentation_id": "$text", "name": f"{run} renamed"}),
        step(
            DOCUMENT + "update",
            {"documentation_id": "$text", "name": "名前", "content": "New ☕"},
            "full",
            expects={"name": "名前"},
        ),
        step("knowledge_base.document.update_file", {"documentation_id": "$file", "file": newer}),
        step("knowledge_base.document.refresh", {"documentation_id": "$url"}),
        step(DOCUMENT + "delete", {"documentation_id": "$text"}),
        step(DOCUMENT + "delete", {"documentation_id": "$long"}, "odd", fails=400),
        step(DOCUMENT + "delete", {"documentation_id": "$long", "force": True}, "full"),
        step(DOCUMENT + "delete", {"documentation_id": "$text"}, "odd", fails=404),
    ]
