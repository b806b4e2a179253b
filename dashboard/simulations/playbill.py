"""Talks, pairs and judgements as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from dashboard.conversations.findings import Findings
from dashboard.engine.events import Delta, Event, Failed, Searched, ToolFinished, TurnTaken
from dashboard.engine.judge import Verdict
from dashboard.engine.replay import Pair
from dashboard.engine.turns import Role

WIDTH = 9  # of the column that says who


def lines_of(event: Event) -> Iterator[str]:
    """What a watcher sees of an event; pieces of an answer wait for the whole."""
    match event:
        case TurnTaken(turn) if turn.message:
            yield line("Visitor" if turn.role is Role.VISITOR else "Agent", turn.message)
        case ToolFinished(result):
            outcome = "failed" if result.is_error else "answered"
            yield line("", f"· {result.name} {outcome}: {_short(result.output)}")
        case Searched(_, found) if found:
            titles = ", ".join(dict.fromkeys(excerpt.title for excerpt in found))
            yield line("", f"· found in {titles}")
        case Failed(reason):
            yield line("", f"! {reason}")
        case Delta() | _:
            return


def lines_of_findings(findings: Findings) -> Iterator[str]:
    summary = findings.summary
    yield line("Outcome", f"{findings.outcome}. {summary.title}")
    yield line("", summary.text or summary.rationale)
    for value in findings.collected:
        yield line("Value", f"{value.field_id} = {value.value!r}. {value.rationale}")


def line_of_verdict(name: str, verdict: Verdict) -> str:
    return line(verdict.outcome.value.capitalize(), f"{name}: {verdict.rationale}")


def lines_of_pair(pair: Pair) -> Iterator[str]:
    yield line("Visitor", pair.question)
    yield line("Then", pair.before or "(no answer)")
    yield line("Now", pair.after or "(no answer)")
    if pair.trouble:
        yield line("", f"! {pair.trouble}")


def line(who: str, text: str) -> str:
    """One entry, with what it says below each other; control characters would steer a terminal."""
    rows = ["".join(c if c.isprintable() else " " for c in row) for row in text.splitlines()]
    below = "\n" + " " * WIDTH
    return f"{who:<{WIDTH}}{below.join(rows)}".rstrip()


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 100 else f"{flat[:99]}…"
