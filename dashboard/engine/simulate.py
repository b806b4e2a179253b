"""Two speakers talk: an agent, and a visitor who is played by a model."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from . import system_tools
from .brief import Brief
from .events import Ended, EndReason, Event, Failed, TurnTaken
from .ports import LLM, NoTools, Speaker
from .reply import reply
from .turns import Role, ToolSpec, Turn, agent, visitor, words_of

# Models want to be spoken to first; nobody else hears this line.
YOUR_TURN = "(The chat window is open. Write your first message.)"


class MayLeave(NoTools):
    """All that a simulated visitor can do besides writing."""

    specs: Sequence[ToolSpec] = (
        system_tools.end_call("Leave the chat, when you have what you came for or have given up."),
    )


def played_by(llm: LLM, who: str) -> Speaker:
    """A speaker who plays the visitor that `who` describes."""
    instructions = (
        "You play a visitor who chats with the agent of a website. Stay in this role, write one "
        "short message at a time as such a person would, never help the agent, and never say "
        f"that you are a model. Leave by calling {system_tools.END_CALL}.\n\n"
        f"Who you are: {who}"
    )
    return Speaker(Brief(instructions), llm, MayLeave())


async def simulate(
    speaker: Speaker, guest: Speaker, *, opening: Sequence[Turn] = (), max_turns: int
) -> AsyncGenerator[Event, None]:
    """The agent's events, with the visitor's turns between them; the last event is `Ended`.

    `opening`: what was said before; without one the agent's first message opens the talk.
    `max_turns`: how often somebody's turn comes after that.
    """
    turns = list(opening)
    if not turns and speaker.brief.first_message:
        turns.append(agent(speaker.brief.first_message))
        yield TurnTaken(turns[-1])
    trouble = ""
    for _ in range(max_turns):
        said = [turn for turn in turns if turn.context is None]
        answering = bool(said) and said[-1].role is Role.VISITOR
        side = reply(speaker, tuple(turns)) if answering else _visit(guest, turns)
        async with aclosing(side) as events:
            async for event in events:
                yield event
                match event:
                    case TurnTaken(turn):
                        turns.append(turn)
                    case Failed(reason):
                        trouble = reason
                    case Ended():
                        return
        if trouble:
            yield Ended(EndReason.TROUBLE, trouble)
            return
    yield Ended(EndReason.TURNS_LIMIT)


async def _visit(guest: Speaker, turns: Sequence[Turn]) -> AsyncGenerator[Event, None]:
    """What the visitor writes next, as one turn; `Ended` when they leave or write nothing."""
    said: list[str] = []
    left: Ended | None = None
    async with aclosing(reply(guest, _seen_by_the_visitor(turns))) as events:
        async for event in events:
            match event:
                case TurnTaken(turn) if turn.message:
                    said.append(turn.message)
                case Failed(reason):
                    yield Failed(f"The simulated visitor has no model: {reason}")
                    return
                case Ended():
                    left = event
    if said:
        yield TurnTaken(visitor("\n\n".join(said)))
    if left or not said:
        yield Ended(EndReason.VISITOR_LEFT, left.note if left else "")


def _seen_by_the_visitor(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """The talk from the other side: messages only, in turns that alternate."""
    seen = [visitor(YOUR_TURN)]
    for turn in turns:
        message = words_of(turn)
        if not message:
            continue
        mine = turn.role is Role.VISITOR
        if mine == (seen[-1].role is Role.AGENT):
            message = f"{seen.pop().message}\n\n{message}"
        seen.append(agent(message) if mine else visitor(message))
    return tuple(seen)
