"""What the built-in answerer records about a finished conversation: it counts, and never judges."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.engine.ports import Ask, ModelTrouble
from dashboard.engine.transcript import CLOSING, OPENING
from dashboard.engine.turns import ToolCall, ToolSpec

from .extractive_wording import is_refusal, sources_in
from .small_talk import small_reply

_CONNECT = "Connect a model to get"
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w.])\+?\d(?:[ ()/-]?\d){6,14}(?!\w)")
_REFERENCE = re.compile(r"#?\b(?=[A-Z0-9-]*\d{3})[A-Z0-9]+(?:-[A-Z0-9]+)*\b")
_NUMBER = re.compile(r"(?<![\w.,-])-?\d+(?:\.\d+)?(?![\w-])")
_TITLE_WORDS = 8


def record(ask: Ask, wanted: ToolSpec) -> ToolCall:
    """The call that was asked for. Raises ModelTrouble when it is of a kind not known here."""
    turns = ask.turns[-1].message if ask.turns else None
    exchanges = _exchanges(turns or "")
    match wanted.name:
        case "record_summary":
            arguments = _summary(exchanges)
        case "record_verdict":
            arguments = {
                "outcome": "unknown",
                "rationale": "The built-in answerer quotes documents and cannot judge. "
                f"{_CONNECT} verdicts.",
            }
        case "record_value":
            arguments = _value(ask.instructions, wanted.parameters, exchanges)
        case _:
            reason = f"The built-in answerer cannot do what {wanted.name} asks for."
            raise ModelTrouble(reason, transient=False)
    return ToolCall(f"built_in_{wanted.name}", wanted.name, arguments)


@dataclass
class _Exchange:
    """What the visitor wrote, and everything the agent said to it."""

    question: str
    answer: str = ""

    @property
    def is_question(self) -> bool:
        return not small_reply(self.question)


def _exchanges(text: str) -> list[_Exchange]:
    """The transcript, read back (dashboard/engine/transcript.py writes it)."""
    text = text.partition(f"{OPENING}\n")[2].rpartition(f"\n{CLOSING}")[0]
    found: list[_Exchange] = []
    for entry in re.split(r"\n(?! )", text):
        who, _, said = entry.partition(": ")
        said = said.replace("\n  ", "\n")
        if who.startswith("Visitor"):
            found.append(_Exchange(said))
        elif who in ("Agent", "Agent (interrupted)") and found:
            found[-1].answer += f"\n{said}" if found[-1].answer else said
    return found


def _summary(exchanges: list[_Exchange]) -> dict[str, Any]:
    questions = [exchange for exchange in exchanges if exchange.is_question]
    if not questions:
        return _summed_up("No question", "The visitor asked nothing.", "unknown", "no question")
    answered = [q for q in questions if sources_in(q.answer)]
    refused = [q for q in questions if is_refusal(q.answer)]
    titles = dict.fromkeys(title for q in answered for title in sources_in(q.answer))
    first = " ".join(questions[0].question.split())
    summary = f"The visitor asked {_times(len(questions), 'question')}, first: “{first[:200]}”."
    if answered:
        summary += f" Answered: {len(answered)}, from {', '.join(titles)}."
    if refused:
        missed = "; ".join(f"“{' '.join(q.question.split())[:120]}”" for q in refused[:5])
        summary += f" Not found in the documents: {missed}."
    outcome = "unknown"
    if len(answered) == len(questions):
        outcome = "success"
    elif is_refusal(questions[-1].answer) or 2 * len(refused) > len(questions):
        outcome = "failure"
    counts = f"of {_times(len(questions), 'question')}, {len(answered)} answered with a source"
    return _summed_up(_title(first), summary, outcome, f"{counts}, {len(refused)} refused")


def _summed_up(title: str, summary: str, outcome: str, counts: str) -> dict[str, Any]:
    rationale = f"The built-in answerer counted and did not judge: {counts}."
    return {"title": title, "summary": summary, "outcome": outcome, "rationale": rationale}


def _title(question: str) -> str:
    words = question.split()
    return " ".join(words[:_TITLE_WORDS])[:80] + ("…" if len(words) > _TITLE_WORDS else "")


def _times(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _value(
    instructions: str, parameters: Mapping[str, Any], exchanges: list[_Exchange]
) -> dict[str, Any]:
    """A value that can be told by its form alone, when the visitor wrote exactly one such."""
    spec = parameters.get("properties", {}).get("value", {})
    said = "\n".join(exchange.question for exchange in exchanges)
    form, found = _of_form(_what_to_look_for(instructions), spec, said)
    different = list(dict.fromkeys(found))
    if not form:
        reason = "The built-in answerer finds only what has a form of its own, such as an e-mail "
        return {"value": None, "rationale": f"{reason}address. {_CONNECT} this value."}
    if len(different) == 1:
        reason = f"The only {form} that the visitor wrote; found by its form, not understood."
        return {"value": different[0], "rationale": reason}
    many = f"no {form}" if not different else f"more than one {form}"
    return {"value": None, "rationale": f"The visitor wrote {many}; found by form alone."}


def _of_form(wanted: str, spec: Mapping[str, Any], said: str) -> tuple[str, list[Any]]:
    if choices := spec.get("enum"):
        named = [c for c in choices if re.search(rf"(?<!\w){re.escape(str(c))}(?!\w)", said, re.I)]
        return "choice", named
    if spec.get("type") in ("integer", "number"):
        return "number", _NUMBER.findall(said)
    if spec.get("type") != "string":
        return "", []
    if re.search(r"e-?mail", wanted):
        return "e-mail address", [found.rstrip(".") for found in _EMAIL.findall(said)]
    if re.search(r"phone|mobile number", wanted):
        return "phone number", [found.strip() for found in _PHONE.findall(said)]
    if re.search(r"(order|ticket|booking|invoice|case)[ _-]?(number|no|id|code)|reference", wanted):
        return "reference number", [found.lstrip("#") for found in _REFERENCE.findall(said)]
    return "", []


def _what_to_look_for(instructions: str) -> str:
    line = re.search(r"^What to look for, (.+)$", instructions, re.M)
    return line[1].casefold() if line else ""
