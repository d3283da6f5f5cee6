import pytest

from groundplan.domain.estimation import KINDS, estimate, estimate_task, estimated
from groundplan.domain.resources import GIVEN, NOTHING, ResourceEstimate, ThreePoint
from groundplan.domain.task import TaskType
from tests.plan_factories import task

THREE = ThreePoint(1, 2, 3)


def basis(name, **fields):
    return estimate_task(task("t", name=name, **fields)).basis


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Approve the budget", "approval"),
        ("Test the payment page", "test"),
        ("Testing the payment page", "test"),
        ("Reviewed by the team", "test"),
        ("Implement the login", "build"),
        ("Deploy to staging", "deploy"),
        ("Research the market", "research"),
        ("Analyse the logs", "research"),
        ("Draft the report", "write"),
        ("Convert the files", "transform"),
        ("Download the data", "transfer"),
        ("Send the invoice", "message"),
        ("Dance", "other work"),
        ("Contest the decision", "other work"),
    ],
)
def test_the_first_telling_word_of_the_name_decides_the_kind(name, kind):
    assert basis(name) == f"prior for {kind}"


def test_priors_are_in_seconds_and_tokens():
    found = estimate_task(task("t", name="Test it"))
    assert (found.duration, found.tokens) == (ThreePoint(300, 1200, 5400), ThreePoint(500, 2000, 8000))
    call = estimate_task(task("t", name="Ask", task_type=TaskType.LLM_CALL))
    assert (call.duration, call.tokens) == (ThreePoint(3, 18, 120), ThreePoint(500, 2000, 8000))
    assert estimate_task(task("t", name="Dance")).duration == ThreePoint(300, 1200, 5400)


def test_the_description_decides_where_the_name_says_nothing():
    assert basis("Step 3", description="Download all of it") == "prior for transfer"
    assert basis("Send it", description="Download all of it") == "prior for message"


def test_a_model_call_is_estimated_as_one():
    assert basis("Write the summary", task_type=TaskType.LLM_CALL) == "prior for model call"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_has_estimates_that_hold(kind):
    for word in kind.words.split("|"):
        found = estimate_task(task("t", name=word.replace("[sz]", "s").replace("-?", "-")))
        assert found.basis == f"prior for {kind.name}"
        assert ResourceEstimate.model_validate(found.model_dump()) == found
        assert 0 < found.duration.optimistic < found.duration.likely < found.duration.pessimistic


def test_a_duration_in_the_text_is_the_likely_one_and_overruns_more_than_it_is_early():
    found = estimate_task(task("t", name="Bake for 30 minutes"))
    assert found.duration == ThreePoint(1440, 1800, 2700)
    assert found.basis == "the text says how long"
    assert estimate_task(task("t", name="Bake", description="takes 1 to 2 hours")).duration == ThreePoint(
        2880, 5400, 10_800
    )


def test_the_name_speaks_before_the_description():
    both = task("t", name="Bake for 10 minutes", description="takes 2 hours")
    assert estimate_task(both).duration.likely == 600


def test_a_given_duration_goes_before_everything():
    given = ResourceEstimate(duration=THREE, basis=GIVEN)
    assert estimate_task(task("t", name="Bake for 30 minutes", resource_estimate=given)) == given


@pytest.mark.parametrize("said", [GIVEN, ""])
def test_a_given_cost_is_kept_and_the_duration_is_found(said):
    given = ResourceEstimate(cost=THREE, basis=said)
    found = estimate_task(task("t", name="Test it", resource_estimate=given))
    assert (found.cost, found.duration) == (THREE, estimate_task(task("t", name="Test it")).duration)
    assert found.basis == "given; prior for test"
    assert found.tokens == NOTHING


def test_each_task_gets_its_own():
    found = estimate([task("a", name="Test it"), task("b", name="Dance")])
    assert {name: one.basis for name, one in found.items()} == {"a": "prior for test", "b": "prior for other work"}


def test_estimates_are_put_into_the_tasks_that_have_one():
    tasks = [task("a"), task("b")]
    made = estimated(tasks, {"a": ResourceEstimate(duration=THREE)})
    assert made[0].resource_estimate.duration == THREE
    assert made[1] == tasks[1]


def test_very_long_texts_are_estimated_by_their_beginning():
    assert basis("Step", description="x " * 2000 + "download") == "prior for other work"
