"""When the tasks of a plan run: the answer of the schedule node, as data."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import Field

from groundplan.domain.frozen import Frozen, UtcDatetime


class TaskWindow(NamedTuple):
    """The times of one task, in seconds from the start of the plan (critical path method).

    `ES(j) = max EF(i), i → j`, `EF = ES + d`, `LF(i) = min LS(j), i → j`, `LS = LF - d`; total slack
    `LS - ES`, free slack `min ES(j) - EF(i)`.
    """

    earliest_start: float
    earliest_finish: float
    latest_start: float
    latest_finish: float
    total_slack: float
    free_slack: float


class TaskSlot(NamedTuple):
    """Where one task was put: seconds from the start of the plan, and whose place it takes (None for nobody's)."""

    start: float
    finish: float
    agent: str | None = None


class ResourceProfile(Frozen):
    """How much of a resource is taken over time.

    `steps` are the moments at which that changes, in seconds from the start of the plan, each with what is taken from
    then on; before the first step nothing is. `capacity` is in the resource's own unit (places, cores, MB).
    """

    capacity: float
    steps: list[tuple[float, float]] = Field(default_factory=list)

    @property
    def peak(self) -> float:
        """The most that is taken at a time."""
        return max((used for _, used in self.steps), default=0.0)


class Phase(Frozen):
    """A named part of the plan: its tasks, and its span in seconds from the start of the plan."""

    name: str
    task_ids: list[str]
    start: float
    finish: float


class Milestone(Frozen):
    """A moment worth reporting: when the tasks it waits for are done, seconds from the start of the plan."""

    name: str
    task_ids: list[str]
    at: float


class Schedule(Frozen):
    """When each task can and must run.

    All times are seconds from the start of the plan, durations the means of the three-point estimates. In a version
    that is made while the plan is run they count from when the run goes on with it, and what is over takes no time.
    `makespan` is without, `finish` with the buffer. Where agents or other limits make tasks wait, windows and critical
    path count those waits too; then the critical path may join tasks that do not depend on each other, and `resources`
    has the profile of each limit that binds. `at_once` is set where the number of places does.
    """

    windows: dict[str, TaskWindow] = Field(default_factory=dict)
    makespan: float = 0.0
    buffer: float = 0.0
    critical_path: list[str] = Field(default_factory=list)
    near_critical: list[str] = Field(default_factory=list)
    phases: list[Phase] = Field(default_factory=list)
    milestones: list[Milestone] = Field(default_factory=list)
    std: float = Field(default=0.0, description="standard deviation of the critical path's length, seconds")
    deadline: UtcDatetime | None = None
    deadline_slack: float | None = Field(default=None, description="seconds to spare before the deadline")
    at_once: int | None = None
    method: str = "critical path, unlimited resources"
    slots: dict[str, TaskSlot] = Field(default_factory=dict)
    """Of the tasks that take an agent; `slot` gives the times of any task."""
    resources: dict[str, ResourceProfile] = Field(default_factory=dict)
    lower_bound: float = Field(default=0.0, description="seconds; no schedule within the same limits is shorter")
    proven_optimal: bool = False

    def slot(self, task_id: str) -> TaskSlot:
        """When the task runs, and on whose place: its slot, or its earliest times. Raises KeyError."""
        placed = self.slots.get(task_id)
        if placed is not None:
            return placed
        window = self.windows[task_id]
        return TaskSlot(window.earliest_start, window.earliest_finish)

    @property
    def finish(self) -> float:
        """Seconds from the start of the plan until it is done, buffer included."""
        return self.makespan + self.buffer
