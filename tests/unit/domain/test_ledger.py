"""Adding up the ledger: whatever was written, in whatever groups, the states are those of its entries in order."""

from hypothesis import given
from hypothesis import strategies as st

from groundplan.domain.ledger import EntryKind, LedgerEntry, TaskState, fold, idempotency_key, in_order_of_completion
from groundplan.domain.lifecycle import TaskStatus
from tests.plan_factories import LATER, NOW

OUTCOMES = [EntryKind.COMPLETED, EntryKind.FAILED, EntryKind.RETRYING, EntryKind.CANCELLED]


def line(task_id, attempt, kind, **fields):
    return LedgerEntry(task_id=task_id, attempt=attempt, kind=EntryKind(kind), at=fields.pop("at", NOW), **fields)


@st.composite
def lives(draw, task_id="a"):
    """What can be written about one task, in order: attempts, doubts, openings, one end."""
    lines, attempt = [], 0
    for _ in range(draw(st.integers(0, 4))):
        attempt += 1
        lines.append(line(task_id, attempt, "claimed", key="k", tokens=draw(st.integers(0, 9))))
        if draw(st.booleans()):
            lines.append(line(task_id, attempt, "in_doubt"))
        kind = draw(st.sampled_from(OUTCOMES))
        lines.append(line(task_id, attempt, kind, tokens=draw(st.integers(0, 9)), output=attempt, at=LATER))
        if kind is EntryKind.FAILED and draw(st.booleans()):
            attempt += 1
            lines.append(line(task_id, attempt, "reopened"))
        elif kind is not EntryKind.RETRYING:
            break
    return lines


@given(first=lives("a"), second=lives("b"), data=st.data())
def test_tasks_do_not_touch_each_other_however_their_lines_are_mixed(first, second, data):
    places = data.draw(st.permutations([0] * len(first) + [1] * len(second)))
    left = [iter(first), iter(second)]
    assert fold(next(left[place]) for place in places) == fold([*first, *second])


@given(lines=lives(), cut=st.integers(0, 20))
def test_going_on_from_any_line_gives_the_same_as_reading_from_the_start(lines, cut):
    states = fold(lines[:cut])
    for entry in lines[cut:]:
        states.setdefault(entry.task_id, TaskState()).apply(entry)
    assert states == fold(lines)


@given(lines=lives())
def test_tokens_are_what_outcomes_used_and_only_open_claims_reserve(lines):
    state = fold(lines).get("a", TaskState())
    outcomes = [entry for entry in lines if entry.kind in OUTCOMES]
    assert state.tokens == sum(entry.tokens for entry in outcomes)
    assert state.reserved_tokens == 0
    assert state.claims == sum(entry.kind is EntryKind.CLAIMED for entry in lines)
    reopened = [number for number, entry in enumerate(lines) if entry.kind is EntryKind.REOPENED]
    since = lines[reopened[-1] :] if reopened else lines
    assert state.tries == sum(entry.kind is EntryKind.CLAIMED for entry in since)


def test_a_claim_alone_is_executing_and_holds_its_reservation():
    state = fold([line("a", 1, "claimed", key="k", agent="ana", tokens=5, cost=0.5, epoch=3)])["a"]
    assert (state.status, state.reserved_tokens, state.reserved_cost) == (TaskStatus.EXECUTING, 5, 0.5)
    assert (state.key, state.agent, state.epoch, state.started_at) == ("k", "ana", 3, NOW)


def test_a_doubt_keeps_the_reservation_and_says_why():
    state = fold([line("a", 1, "claimed", tokens=5), line("a", 1, "in_doubt", error={"code": "E5207"})])["a"]
    assert (state.status, state.reserved_tokens, state.error) == (TaskStatus.IN_DOUBT, 5, {"code": "E5207"})


def test_what_is_undone_was_completed_until_it_is_compensated():
    done = [line("a", 1, "claimed"), line("a", 1, "completed", output=1, at=LATER)]
    for lines, status, compensating in [
        ([*done, line("a", 1, "compensating")], "completed", True),
        ([*done, line("a", 1, "compensating"), line("a", 1, "not_compensated")], "completed", False),
        ([*done, line("a", 1, "compensating"), line("a", 1, "compensated")], "compensated", False),
    ]:
        state = fold(lines)["a"]
        assert (state.status.value, state.compensating, state.output) == (status, compensating, 1)


def test_completed_tasks_come_in_the_order_of_the_ledger_whatever_the_clock_said():
    times = {"a": LATER, "b": NOW}
    lines = [line(name, 1, kind, at=at) for name, at in times.items() for kind in ("claimed", "completed")]
    states = fold(lines)
    assert states["a"].ended_at > states["b"].ended_at
    assert in_order_of_completion([*lines, line("c", 1, "failed")]) == ["a", "b"]


def test_a_key_tells_runs_tasks_and_arguments_apart():
    keys = {idempotency_key(run, name, arguments) for run in "rs" for name in "ab" for arguments in "xy"}
    assert len(keys) == 8
    assert idempotency_key("r", "a", "x") == idempotency_key("r", "a", "x")
