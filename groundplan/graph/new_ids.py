"""Giving what a planning run has made so far the ids of another run: its own, the plan's, the tasks', the goal's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from groundplan.decomposition.fences import fence_of
from groundplan.domain.ids import plan_id_of, task_id_of


@dataclass(frozen=True)
class NewIds:
    """From the ids of one planning run to those of another.

    Plan and task ids follow from the run's and cannot occur by chance, so they are replaced wherever they stand; ids
    that people choose (of runs and goals) only in the fields of that name.
    """

    run_id: str
    new_run_id: str
    goal_id: str = ""
    new_goal_id: str = ""

    def in_value(self, value: Any) -> Any:
        """A channel's value with the new ids; models stay models."""
        if isinstance(value, BaseModel):
            said = value.model_dump(mode="json", exclude_defaults=True, round_trip=True)
            return type(value).model_validate(self.in_value(said))
        if isinstance(value, str):
            return self.in_text(value)
        if isinstance(value, list):
            return [self.in_value(item) for item in value]
        if isinstance(value, Mapping):
            return {self.in_text(str(key)): self._in_field(str(key), item) for key, item in value.items()}
        return value

    def in_text(self, text: str) -> str:
        """The text with the new ids of plan and tasks, and the new run's fence."""
        for old, new in self._pairs:
            text = text.replace(old, new)
        return text

    def _in_field(self, name: str, value: Any) -> Any:
        if name == "goal_id" and value == self.goal_id:
            return self.new_goal_id
        if name == "run_id" and value == self.run_id:
            return self.new_run_id
        return self.in_value(value)

    @property
    def _pairs(self) -> list[tuple[str, str]]:
        plan, new_plan = plan_id_of(self.run_id), plan_id_of(self.new_run_id)
        return [
            (plan, new_plan),
            (task_id_of(plan, 0)[:-1], task_id_of(new_plan, 0)[:-1]),
            (fence_of(self.run_id), fence_of(self.new_run_id)),
        ]
