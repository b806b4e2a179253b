"""The built-in answerer: no key, no network, no invention. It quotes what was found, or refuses."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

from dashboard.engine.ports import Ask, Piece, Said
from dashboard.engine.reply import last_question
from dashboard.engine.turns import Excerpt, Role, Usage
from dashboard.providers.embeddings import Embedder, Unavailable
from dashboard.providers.keywords import Keywords
from dashboard.providers.sentences import sentences

from .extractive_records import record
from .extractive_wording import NO_FILES, refusal, with_sources
from .small_talk import small_reply

NAME = "built-in extractive"
LABEL = "Built-in: answers only in your documents' own words"

_PASSAGES = 4  # looked at; what is farther down seldom answers
_MOST_SENTENCES = 3
_MOST_WORDS = 90
_MOST_TITLES = 5
_ALSO_HERE = 0.8  # a further sentence of the best passage must be this near, next to the best one
_ALSO_THERE = 0.95  # and one of another passage: a wrong companion spoils a right answer
_PASSAGE_WEIGHT = 0.5  # how much a sentence gains from the nearness of its passage
_LEANS_ON = re.compile(r"(?:it|they|this|that|these|those|he|she|then|after that|both)\b", re.I)


class ExtractiveLLM:
    """Without an embedder, sentences are chosen by the words that they share with the question."""

    def __init__(self, embedder: Embedder | None = None) -> None:
        self._embedder = embedder

    async def answer(self, ask: Ask) -> AsyncIterator[Piece]:
        if ask.must_call:
            yield record(ask, ask.must_call)
        else:
            for words in _word_groups(await self._text(ask)):
                yield Said(words)
        yield Usage(NAME)

    async def _text(self, ask: Ask) -> str:
        question = last_question(ask.turns)
        if not question and _sent_files(ask):
            return NO_FILES
        if said := small_reply(question):
            return said
        if not ask.found or not question:
            return refusal(_known_titles(ask))
        candidates = _candidates(ask.found[:_PASSAGES])
        scores = await self._scores(question, candidates)
        chosen = _chosen(candidates, scores)
        return with_sources([(c.text, c.source.title) for c in chosen])

    async def _scores(self, question: str, candidates: Sequence[_Candidate]) -> list[float]:
        texts = [f"{c.source.title}: {c.text}" for c in candidates]
        near = [_PASSAGE_WEIGHT * (1 - c.source.distance) for c in candidates]
        exact = Keywords([c.text for c in candidates]).exact(question, self._is_word)
        likeness = await self._likeness(question, texts)
        return [n + x + s for n, x, s in zip(near, exact, likeness, strict=True)]

    async def _likeness(self, question: str, texts: Sequence[str]) -> list[float]:
        if self._embedder:
            try:
                vectors = await self._embedder.embed([question, *texts])
            except Unavailable:
                pass  # the search has said so in the log already
            else:
                return [float(likeness) for likeness in vectors[1:] @ vectors[0]]
        return Keywords(texts).share(question)

    def _is_word(self, word: str) -> bool:
        return self._embedder is None or self._embedder.is_word(word)


@dataclass(frozen=True)
class _Candidate:
    """A sentence, and where it stands."""

    text: str
    source: Excerpt
    passage: int
    place: int


def _candidates(found: Sequence[Excerpt]) -> list[_Candidate]:
    return [
        _Candidate(text, source, passage, place)
        for passage, source in enumerate(found)
        for place, text in enumerate(sentences(source.text))
    ]


def _chosen(candidates: Sequence[_Candidate], scores: Sequence[float]) -> list[_Candidate]:
    """The best sentence, what it needs to be understood, and others that are about as good."""
    order = sorted(range(len(candidates)), key=lambda at: scores[at], reverse=True)
    taken: list[int] = []
    best = candidates[order[0]]
    for at in order:
        here = candidates[at].passage == best.passage
        if scores[at] < (_ALSO_HERE if here else _ALSO_THERE) * scores[order[0]]:
            continue
        together = [n for n in _with_context(candidates, at) if n not in taken]
        words = sum(len(candidates[n].text.split()) for n in [*taken, *together])
        if taken and (len(taken) + len(together) > _MOST_SENTENCES or words > _MOST_WORDS):
            continue
        taken.extend(together)
    # In the order of the best passages first, and as they stand in each.
    return [candidates[at] for at in sorted(taken)]


def _with_context(candidates: Sequence[_Candidate], at: int) -> list[int]:
    """The sentence; the one before when it leans on it; the ones that a colon announces."""
    this = candidates[at]
    wanted = [at]
    if this.place and _LEANS_ON.match(this.text):
        wanted.insert(0, at - 1)
    if this.text.endswith(":"):
        rest = range(at + 1, min(at + _MOST_SENTENCES, len(candidates)))
        wanted.extend(n for n in rest if candidates[n].passage == this.passage)
    return wanted


def _sent_files(ask: Ask) -> bool:
    said = next((turn for turn in reversed(ask.turns) if turn.role is Role.VISITOR), None)
    return said is not None and bool(said.files)


def _known_titles(ask: Ask) -> list[str]:
    """The documents that earlier answers of this conversation came from."""
    quoted = (turn.sources for turn in ask.turns if turn.role is Role.AGENT)
    names = (excerpt.title.split(" › ")[0] for sources in quoted for excerpt in sources)
    return list(dict.fromkeys(names))[:_MOST_TITLES]


def _word_groups(text: str) -> Iterator[str]:
    words = re.findall(r"\S+\s*", text)
    for start in range(0, len(words), 3):
        yield "".join(words[start : start + 3])
