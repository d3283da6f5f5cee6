from enum import StrEnum
from typing import Any, get_args

import pytest

from groundplan.cli import choices
from groundplan.domain.goal import Breakdown, DecompositionStrategy, GoalType
from groundplan.domain.lifecycle import GoalStatus, PlanStatus
from groundplan.domain.mitigation.kinds import MitigationKind
from groundplan.domain.runs import CheckpointMode
from groundplan.domain.sanitizer import Policy


@pytest.mark.parametrize(
    ("choice", "enum"),
    [
        (choices.Mode, CheckpointMode),
        (choices.Strategy, DecompositionStrategy),
        (choices.BreakdownName, Breakdown),
        (choices.PolicyName, Policy),
        (choices.GoalKind, GoalType),
        (choices.PlanState, PlanStatus),
        (choices.GoalState, GoalStatus),
    ],
)
def test_options_offer_what_the_domain_knows(choice: Any, enum: type[StrEnum]) -> None:
    assert list(get_args(choice)) == [member.value for member in enum]


def test_every_mitigation_that_is_an_edit_can_be_chosen() -> None:
    assert list(get_args(choices.Mitigating)) == [kind.value for kind in MitigationKind if kind.residual < 1]
