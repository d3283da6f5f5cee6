"""Planning runs that repeat another one, from one of its checkpoints, with a goal and a plan of their own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from langchain_core.language_models import BaseChatModel
from langgraph.checkpoint.base import BaseCheckpointSaver
from pydantic import BaseModel, ValidationError

from groundplan.decomposition.recorded_model import RecordedAnswers, RecordedModel
from groundplan.domain.checked_texts import checked, checked_goal
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.events import Event, EventType
from groundplan.domain.goal import Goal
from groundplan.domain.ids import new_id
from groundplan.domain.json_paths import leads_nowhere, with_value
from groundplan.domain.lifecycle import GoalStatus
from groundplan.domain.outline import Outline
from groundplan.domain.runs import ModelAnswer, PlanningRun, PromptMessage
from groundplan.graph.execution_forks import ForkWish
from groundplan.graph.new_ids import NewIds
from groundplan.graph.records import Record, record_at, records
from groundplan.graph.thread_copy import copy_thread
from groundplan.state import Context

FORK = "fork"
"""The key of a goal's metadata that says which planning run it was forked from, and what is released."""

_RELEASES_MODEL = frozenset({"all", "llm"})


async def open_planning_fork(
    source: PlanningRun, wish: ForkWish, context: Context, saver: BaseCheckpointSaver[Any]
) -> PlanningRun:
    """Record a run and a goal of its own, and copy the checkpoints up to where it begins.

    Raises:
        PlanningError: E5005 if there is no such checkpoint, E5203 if the plan was stored by then or the run revises a
            plan, E5600 for a change that does not hold, E5004 for one that breaks the sanitizer's rules.
    """
    known = await records(saver, source.run_id)
    _check_first_version(known, source)
    kept = _kept(known, wish.start, source)
    goal = await context.store.get_goal(source.goal_id)
    run = PlanningRun(
        run_id=wish.run_id or new_id(), goal_id=f"goal-{new_id()}", mode=source.mode, created_at=context.clock()
    )
    ids = NewIds(source.run_id, run.run_id, source.goal_id, run.goal_id)
    marked = _marked(goal, run, source, wish, GoalStatus.PENDING)
    changed = _changed({"goal": marked} | {name: ids.in_value(kept[-1].values[name]) for name in _named(kept, wish)},
                       wish.changes, context)  # fmt: skip
    if kept:
        now_goal = changed.get("goal", marked)
        changed["goal"] = _marked(now_goal, run, source, wish, GoalStatus.DECOMPOSING)
        await copy_thread(saver, kept, run.run_id, ids.in_value, changed)
    event = Event(type=EventType.GOAL_RECEIVED, at=run.created_at, goal_id=run.goal_id, run_id=run.run_id)
    await context.store.receive(changed["goal"], run, [event])
    return run


async def planning_fork_context(run: PlanningRun, goal: Goal, context: Context, kept: Sequence[Record]) -> Context:
    """The surroundings of a rerun: recorded answers for the model's, and no cache but what the source had from it.

    Args:
        kept: the source's checkpoints.
    """
    link = link_of(goal) or {}
    source, released = str(link.get("run_id", "")), set(link.get("released", ()))
    asked = await context.answers.of_run(run.run_id)
    answers = RecordedAnswers(await _recorded(source, run, context), [answer.prompt for answer in asked])
    live = _opening(context) if released & _RELEASES_MODEL else None
    outline = next((record.values["outline"] for record in kept if "outline" in record.values), None)
    name = outline.origin.model if isinstance(outline, Outline) and outline.origin.model else context.model_name
    return replace(
        context,
        model=RecordedModel.of(answers, live, context.settings.model),
        model_name=name or "recorded",
        cache=_CacheThen(outline if isinstance(outline, Outline) and outline.origin.cache_hit else None),
    )


def link_of(goal: Goal) -> Mapping[str, Any] | None:
    """What a forked run's goal says of its source: `run_id`, `checkpoint`, `released`; None for any other goal."""
    link = goal.metadata.get(FORK)
    return link if isinstance(link, Mapping) else None


async def _recorded(source: str, run: PlanningRun, context: Context) -> list[tuple[list[PromptMessage], ModelAnswer]]:
    """The answers that the source had, and those of the run that it was forked from before it, prompts as they would
    read in this run."""
    found: list[tuple[list[PromptMessage], ModelAnswer]] = []
    seen: set[str] = set()
    while source and source not in seen:
        seen.add(source)
        ids = NewIds(source, run.run_id)
        given = await context.answers.of_run(source)
        found = [(_translated(answer.prompt, ids), _in_new_ids(answer, ids)) for answer in given] + found
        known = await context.store.get_run(source)
        source = str((link_of(await context.store.get_goal(known.goal_id)) or {}).get("run_id", ""))
    return found


def _translated(prompt: Sequence[PromptMessage], ids: NewIds) -> list[PromptMessage]:
    return [PromptMessage(role=message.role, content=ids.in_text(message.content)) for message in prompt]


def _in_new_ids(answer: ModelAnswer, ids: NewIds) -> ModelAnswer:
    return answer.model_copy(update={"text": ids.in_text(answer.text)})


def _opening(context: Context) -> Callable[[], BaseChatModel | None]:
    return context.chat_model


@dataclass(frozen=True)
class _CacheThen:
    """The plan cache as the source met it: with the outline that it found there, or nothing. Nothing is put."""

    outline: Outline | None

    async def get(self, key: str, *, shared: bool = True) -> Outline | None:  # noqa: ARG002  # the port's
        return self.outline

    async def put(self, key: str, outline: Outline, *, shared: bool = True) -> None:
        """What a rerun makes is for nobody else."""

    async def forget(self, key: str) -> None:
        """Nobody waits for a rerun."""

    def stats(self) -> dict[str, float]:
        return {}


def _named(kept: Sequence[Record], wish: ForkWish) -> list[str]:
    """The channels that the changes are about."""
    heads = dict.fromkeys(path.split(".")[0] for path in wish.changes)
    known = kept[-1].values if kept else {"goal": None}
    for head in heads:
        if head not in known:
            raise leads_nowhere(head, list(known))
    return [head for head in heads if kept]


def _changed(values: dict[str, Any], changes: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """The channels with what was set in them, each a valid model again."""
    for path, value in changes.items():
        channel, *rest = path.split(".")
        before = values[channel]
        said = before.model_dump(mode="json", round_trip=True) if isinstance(before, BaseModel) else before
        changed = with_value(said, rest, _checked_texts(value, path))
        values[channel] = _as_model(type(before), changed, path) if isinstance(before, BaseModel) else changed
    if any(path.startswith("goal.") for path in changes):
        values["goal"] = checked_goal(values["goal"], context.settings.sanitizer_policy)
    return values


def _as_model(kind: type[BaseModel], said: Any, path: str) -> BaseModel:
    try:
        return kind.model_validate(said)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise PlanningError(
            ErrorCode.VALIDATION_FAILED,
            f"What was set at {path!r} does not hold: {problems[0]}",
            details={"path": path, "errors": problems},
            recovery_suggestion="Look at the present value with `groundplan view RUN --json`.",
        ) from error


def _checked_texts(value: Any, path: str) -> Any:
    """The value with its texts judged as prose: they may reach a prompt. Raises PlanningError E5004."""
    if isinstance(value, str):
        return checked(value, path)
    if isinstance(value, list):
        return [_checked_texts(item, path) for item in value]
    if isinstance(value, dict):
        return {key: _checked_texts(item, path) for key, item in value.items()}
    return value


def _marked(goal: Goal, run: PlanningRun, source: PlanningRun, wish: ForkWish, status: GoalStatus) -> Goal:
    link = {"run_id": source.run_id, "checkpoint": wish.start, "released": list(wish.released)}
    metadata = {name: value for name, value in goal.metadata.items() if name != "error"} | {FORK: link}
    return goal.model_copy(update={"goal_id": run.goal_id, "status": status, "metadata": metadata})


def _check_first_version(known: Sequence[Record], source: PlanningRun) -> None:
    """Pass if the run made a plan of its own, rather than the next version of another run's."""
    revision = next((record.values["revision"] for record in known if "revision" in record.values), None)
    if revision is not None and revision.plan_id is not None:
        raise PlanningError(
            ErrorCode.ILLEGAL_TRANSITION,
            f"Run {source.run_id!r} made version {revision.version} of plan {revision.plan_id!r}, no plan of its own",
            details={"run_id": source.run_id, "plan_id": revision.plan_id},
            recovery_suggestion="Fork the run that made the plan, or a run of the plan.",
        )


def _kept(known: Sequence[Record], start: str | None, source: PlanningRun) -> list[Record]:
    """The checkpoints up to the one named; none for those in which the goal was not received yet."""
    if start is None:
        return []
    kept = list(known[: known.index(record_at(known, start, source.run_id)) + 1])
    _check_not_stored(kept, source)
    return kept if kept[-1].step > 0 else []


def _check_not_stored(kept: Sequence[Record], source: PlanningRun) -> None:
    """Pass if there is something left to do for the run."""
    if not kept or "plan" not in kept[-1].values:
        return
    before = [str(record.step) for record in kept if "plan" not in record.values]
    raise PlanningError(
        ErrorCode.ILLEGAL_TRANSITION,
        f"The plan of run {source.run_id!r} was stored by step {kept[-1].step}: nothing is left to be planned",
        details={"run_id": source.run_id, "steps": before},
        recovery_suggestion=f"Begin at step {before[-1]} or before." if before else "Leave --from out.",
    )
