import copy
import functools

import pytest
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool

from groundplan.execution.executors.declare import declaration_of, declare
from groundplan.execution.protocols import Declaration, Reconciled, ReconcileVerdict
from groundplan.service.tool_specs import tool_specs


async def find_out(call):
    return Reconciled(verdict=ReconcileVerdict.UNKNOWN)


async def undo(call, output):
    return None


@tool
def look_up(name: str) -> str:
    """Look up."""
    return name


def fresh():
    return look_up.model_copy()


def test_nothing_said_is_an_effect_that_must_not_be_repeated():
    assert declaration_of(look_up) == declaration_of(lambda: 1) == Declaration()


def test_a_tool_and_a_function_come_back_as_they_are_and_marked():
    made = fresh()
    assert declare(made, idempotent=True, reconcile=find_out) is made
    assert declaration_of(made) == Declaration(idempotent=True, reconcile=find_out)

    @declare(compensate=undo)
    async def send():
        return 1

    assert declaration_of(send) == Declaration(compensate=undo)


def test_a_declared_tool_stays_the_tool_it_was():
    made = declare(fresh(), idempotent=True)
    assert made.invoke({"name": "x"}) == "x"
    assert "groundplan" not in repr(made)
    assert "groundplan" not in str(made.model_dump(exclude={"args_schema", "func"}, warnings="error"))
    assert declaration_of(made.model_copy(update={"description": "Other."})).idempotent
    assert declaration_of(copy.copy(made)).idempotent


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"idempotent": True}, Declaration(idempotent=True)),
        ({"idempotent": "no"}, Declaration()),
        ({"idempotent": 1, "transactional": "yes"}, Declaration()),
        ({"irreversible": True}, Declaration(irreversible=True)),
        ({"irreversible": "very"}, Declaration(irreversible=True)),
        ({"other": 1}, Declaration()),
        (None, Declaration()),
    ],
)
def test_metadata_is_read_and_doubt_is_read_as_danger(metadata, said):
    assert declaration_of(look_up.model_copy(update={"metadata": metadata})) == said


def test_what_is_declared_goes_over_metadata_and_adds_to_what_was_declared():
    made = look_up.model_copy(update={"metadata": {"idempotent": True, "irreversible": True}})
    declare(made, idempotent=False)
    declare(made, transactional=True)
    assert declaration_of(made) == Declaration(irreversible=True, transactional=True)


def test_planning_sees_the_same():
    (spec,) = tool_specs([declare(fresh(), idempotent=True, irreversible=True)])
    assert (spec.idempotent, spec.irreversible) == (True, True)
    (spec,) = tool_specs([look_up.model_copy(update={"metadata": {"idempotent": "no"}})])
    assert not spec.idempotent


class Desk:
    __slots__ = ()

    def write(self, text):
        return f"wrote {text}"

    async def __call__(self, text):
        return f"called {text}"


def test_what_takes_no_attributes_comes_back_wrapped():
    written = declare(Desk().write, idempotent=True)
    assert written("x") == "wrote x"
    assert declaration_of(written).idempotent
    assert not declaration_of(Desk().write).idempotent


async def test_what_was_async_is_async_wrapped():
    called = declare(Desk(), idempotent=True)
    assert await called("x") == "called x"
    assert declaration_of(called).idempotent


def test_partials_runnables_and_graphs_can_be_declared():
    assert declaration_of(declare(functools.partial(print, 1), idempotent=True)).idempotent
    assert declaration_of(declare(RunnableLambda(print), idempotent=True)).idempotent


def test_nonsense_is_refused_at_once():
    with pytest.raises(TypeError, match="no 'idempotence'"):
        declare(fresh(), idempotence=True)
    with pytest.raises(TypeError, match="reconcile has to be an async function"):
        declare(fresh(), reconcile=lambda call: None)
    with pytest.raises(ValueError, match="irreversible has no compensation"):
        declare(fresh(), irreversible=True, compensate=undo)
    with pytest.raises(ValueError, match="irreversible has no compensation"):
        declare(declare(fresh(), irreversible=True), compensate=undo)
    with pytest.raises(AttributeError):
        declare(3, idempotent=True)


def test_the_function_that_was_given_stays_as_it_is():
    async def work():
        return 1

    declared = declare(work, idempotent=True)
    assert declaration_of(declared).idempotent
    assert not declaration_of(work).idempotent
