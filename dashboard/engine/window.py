"""A conversation that fits into what a model can read: how much it is, and what is left out.

The system prompt, the visitor's last message with all that followed, and calls that wait for their
result always stay. Texts that are far too long lose their middle; then the oldest exchanges go.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

from .ports import Ask, Enclosure
from .turns import Role, ToolCall, ToolSpec, Turn, Usage

UNKNOWN = 32_000  # tokens that a model can read of which nobody knows; nearly every one can
LEAST = 40  # tokens that stay of a text whose middle is left out, at least
CUT = "\n[… the middle is left out …]\n"
_TURN = 6  # tokens around each message, call, result and tool
_IMAGE = 1_000
_OPEN_ENDED = 4_096  # tokens kept free for an answer without a limit


def tokens_of(text: str) -> int:
    """About as many tokens as a model reads: four characters of English, one of Chinese."""
    if text.isascii():
        return ceil(len(text) / 4)
    extra = len(text.encode(errors="replace")) - len(text)
    return ceil(len(text) / 4 + extra * 0.4)


def size(ask: Ask) -> int:
    """Tokens of the whole request, guessed."""
    enclosed = _by_file(ask.enclosures)
    said = sum(_turn_size(turn, enclosed) for turn in ask.turns)
    return tokens_of(ask.prompt()) + sum(map(_spec_size, ask.tools)) + said


def tokens_in(turn: Turn) -> int:
    """Of one turn, without the files that came along."""
    return _turn_size(turn, {})


def calibration(turns: Sequence[Turn]) -> float:
    """Real tokens for each guessed one, by the last answer whose tokens the model has counted."""
    for turn in reversed(turns):
        usage = turn.usage
        if usage and usage.expected and usage.input_tokens and not usage.estimated:
            return min(4.0, max(0.5, usage.input_tokens / usage.expected))
    return 1.0


def counted(usage: Usage | None, model: str, expected: int, guess: Usage) -> Usage:
    """What a call took. Where the model told no count, the guess stands in, and says so.

    `expected`: the input as `size` guessed it; `guess`: the counts that stand in.
    """
    told = usage or Usage(model, estimated=True)
    if told.estimated:
        told = replace(
            told,
            input_tokens=told.input_tokens or guess.input_tokens,
            output_tokens=told.output_tokens or guess.output_tokens,
        )
    return replace(told, model=told.model or model, expected=expected)


def fit(ask: Ask, limit: int, scale: float = 1.0) -> Ask:
    """The request, cut to what the model can read. `limit`: tokens, 0 when nobody knows.

    `scale`: see `calibration`.
    """
    room = room_in(limit, ask.max_tokens, scale)
    if size(ask) <= room:
        return ask
    ask = _knowing_less(ask, room // 2)
    known = size(replace(ask, turns=(), enclosures=(), shortened=True))
    return _Talk(ask, room - known).fitted()


def room_in(limit: int, max_tokens: int | None, scale: float = 1.0) -> int:
    """Guessed tokens that a request may have: some are left for the answer, and for bad guesses."""
    limit = limit or UNKNOWN
    answer = min(max_tokens, limit // 2) if max_tokens else min(_OPEN_ENDED, limit // 4)
    return int((limit - answer - limit // 20) / scale)


@dataclass(frozen=True)
class _Talk:
    """The turns of a request that is too long, and the tokens that there are for them."""

    ask: Ask
    room: int

    def fitted(self) -> Ask:
        exchanges = _exchanges(self.ask.turns)
        everything = range(len(self.ask.turns))
        share = max(LEAST, self.room // 4)
        cut = self._cut(everything, share)
        if self._is_small(cut):
            return cut
        kept = self._newest(cut, exchanges)
        found = self._cut(kept, share)
        low, high = LEAST, share
        if self._is_small(found) or not exchanges:
            return found
        while high - low > 1:  # the largest share with which what has to stay fits
            middle = (low + high) // 2
            fits = self._is_small(self._cut(kept, middle))
            low, high = (middle, high) if fits else (low, middle)
        return self._cut(kept, low)

    def _is_small(self, ask: Ask) -> bool:
        enclosed = _by_file(ask.enclosures)
        return sum(_turn_size(turn, enclosed) for turn in ask.turns) <= self.room

    def _newest(self, cut: Ask, exchanges: Sequence[range]) -> Sequence[int]:
        """Places of the turns that stay when whole exchanges go, the oldest first."""
        enclosed = _by_file(cut.enclosures)
        sizes = [_turn_size(turn, enclosed) for turn in cut.turns]
        waiting = _waiting(self.ask.turns)
        total, gone = sum(sizes), set[int]()
        for exchange in exchanges[:-1]:
            if total <= self.room:
                break
            leaving = [place for place in exchange if place not in waiting]
            gone.update(leaving)
            total -= sum(sizes[place] for place in leaving)
        return [place for place in range(len(sizes)) if place not in gone]

    def _cut(self, places: Sequence[int], share: int) -> Ask:
        """The request with these turns; no text has more tokens than `share`.

        What the visitor wrote last may have twice as many.
        """
        turns = self.ask.turns
        spoken = [place for place in places if turns[place].role is Role.VISITOR]
        last = spoken[-1] if spoken else -1
        kept = tuple(_short(turns[at], share, 2 * share if at == last else share) for at in places)
        files = {file.file_id for turn in kept for file in turn.files}
        return replace(
            self.ask,
            turns=kept,
            enclosures=tuple(
                replace(enclosure, text=shortened(enclosure.text, share))
                for enclosure in self.ask.enclosures
                if enclosure.attachment.file_id in files
            ),
            shortened=len(kept) < len(turns),
        )


def shortened(text: str, most: int) -> str:
    """The text without its middle, where it has more tokens than `most`."""
    whole = tokens_of(text)
    if whole <= most:
        return text
    letters = int(len(text) * most / whole)
    while True:
        first = letters * 2 // 3
        last = letters - first
        found = text[:first] + CUT + (text[-last:] if last else "")
        if tokens_of(found) <= most or not letters:
            return found
        letters = min(letters - 1, letters * 9 // 10)


def _short(turn: Turn, share: int, words: int) -> Turn:
    return replace(
        turn,
        message=None if turn.message is None else shortened(turn.message, words),
        tool_calls=tuple(_short_call(call, share) for call in turn.tool_calls),
        tool_results=tuple(
            replace(result, output=shortened(result.output, share)) for result in turn.tool_results
        ),
    )


def _short_call(call: ToolCall, share: int) -> ToolCall:
    """Arguments stay an object, whatever is left of them."""
    written = _written(call)
    if tokens_of(written) <= share:
        return call
    if call.garbled is not None:
        return replace(call, garbled=shortened(call.garbled, share))
    return replace(call, arguments={"shortened": shortened(written, share - _TURN)})


def _exchanges(turns: Sequence[Turn]) -> list[range]:
    """Each from a visitor's message to the next one; a call is never parted from its result."""
    starts = [0] if turns else []
    calls: dict[str, int] = {}
    for place, turn in enumerate(turns):
        if turn.role is Role.VISITOR and place:
            starts.append(place)
        calls |= {call.id: place for call in turn.tool_calls}
        for result in turn.tool_results:
            asked = calls.get(result.call_id, place)
            while starts[-1] > asked:
                starts.pop()
    return [range(a, b) for a, b in zip(starts, [*starts[1:], len(turns)], strict=True)]


def _waiting(turns: Sequence[Turn]) -> Collection[int]:
    """Places of calls without any result."""
    answered = {result.call_id for turn in turns for result in turn.tool_results}
    return {
        place
        for place, turn in enumerate(turns)
        if any(call.id not in answered for call in turn.tool_calls)
    }


def _knowing_less(ask: Ask, room: int) -> Ask:
    """With fewer passages, the farthest first, then with less of what the page has told."""
    while ask.found and tokens_of(ask.prompt()) > room:
        ask = replace(ask, found=ask.found[:-1])
    while ask.context and tokens_of(ask.prompt()) > room:
        ask = replace(ask, context=ask.context[1:])
    return ask


def _by_file(enclosures: Sequence[Enclosure]) -> dict[str, Enclosure]:
    return {enclosure.attachment.file_id: enclosure for enclosure in enclosures}


def _turn_size(turn: Turn, enclosed: Mapping[str, Enclosure]) -> int:
    texts = [turn.message or ""]
    texts += [call.name + _written(call) for call in turn.tool_calls]
    texts += [result.name + result.output for result in turn.tool_results]
    tokens = sum(tokens_of(text) + _TURN for text in texts)
    for file in turn.files:
        enclosure = enclosed.get(file.file_id)
        tokens += tokens_of(file.name) + _TURN
        if enclosure:
            tokens += tokens_of(enclosure.text) + (_IMAGE if enclosure.image else 0)
    return tokens


def _spec_size(spec: ToolSpec) -> int:
    parameters = json.dumps(dict(spec.parameters), default=str)
    return tokens_of(spec.name + spec.description + parameters) + _TURN


def _written(call: ToolCall) -> str:
    if call.garbled is not None:
        return call.garbled
    return json.dumps(dict(call.arguments), ensure_ascii=False, default=str)
