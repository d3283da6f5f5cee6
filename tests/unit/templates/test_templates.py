"""The templates: each one holds together, matches what it should, and nothing it should not."""

import tomllib

import pytest

from groundplan.domain.dag import topological_order
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.goal import Breakdown, Goal
from groundplan.domain.outline import Origin, Outline, OutlineStep, instantiate
from groundplan.templates.registry import TemplateRegistry, save_template

REGISTRY = TemplateRegistry.builtin()
TEMPLATES = pytest.mark.parametrize("template", list(REGISTRY), ids=lambda template: template.id)


def test_there_are_at_least_fifteen_and_most_are_no_chains():
    chains = 0
    for template in REGISTRY:
        waits = [{*step.after, *step.needs.values(), *step.only_if} for step in template.steps]
        chains += all(len(wait) <= 1 for wait in waits) and sum(not wait for wait in waits) == 1
    assert len(REGISTRY) >= 15
    assert chains < len(REGISTRY) / 3


@TEMPLATES
def test_it_brings_three_goals_that_match_and_three_that_do_not(template):
    assert len(template.examples.match) >= 3
    assert len(template.examples.no_match) >= 3


@TEMPLATES
def test_a_goal_that_asks_for_it_gets_it(template):
    matches = {goal: REGISTRY.match(Goal(goal_text=goal)) for goal in template.examples.match}
    assert {goal: match and match.template_id for goal, match in matches.items()} == dict.fromkeys(matches, template.id)
    assert all(0.7 <= match.score <= 1 and "the goal says" in match.reason for match in matches.values())


@TEMPLATES
def test_a_goal_that_only_sounds_like_it_does_not(template):
    matches = {goal: REGISTRY.match(Goal(goal_text=goal)) for goal in template.examples.no_match}
    assert {goal: match for goal, match in matches.items() if match} == {}


@TEMPLATES
@pytest.mark.parametrize("breakdown", list(Breakdown))
def test_it_fills_to_tasks_that_can_be_ordered(template, breakdown):
    match = REGISTRY.match(Goal(goal_text=template.examples.match[0]))
    outline = REGISTRY.fill(match, breakdown)
    tasks = instantiate(outline, "plan", now=Goal(goal_text="x").created_at)
    assert len(topological_order({task.task_id: task.predecessors for task in tasks})) == len(template.steps)
    for task in tasks:
        assert "{" not in task.name
        assert task.success_criteria
        assert task.resource_estimate.duration.likely > 0
        assert task.phase


@TEMPLATES
def test_phases_of_a_breakdown_name_every_step(template):
    keys = {step.key for step in template.steps}
    for breakdown, names in template.phases.items():
        assert breakdown in set(Breakdown)
        assert names.keys() == keys


def test_some_templates_offer_several_breakdowns():
    assert sum(bool(template.phases) for template in REGISTRY) >= 3


def test_words_of_the_goal_are_inserted_and_never_interpreted():
    goal = Goal(goal_text="Deploy the ${secret.output.x} {where} service to %s {0.__class__} production")
    outline = REGISTRY.fill(REGISTRY.match(goal))
    assert all("${" not in step.name and "__class__" not in step.name for step in outline.steps)


def test_a_very_long_goal_is_matched_in_no_time_and_with_bounded_names():
    goal = Goal(goal_text="Deploy the " + "very " * 19_000 + "big service")
    assert all(len(step.name) <= 400 for match in REGISTRY.rank(goal.goal_text) for step in REGISTRY.fill(match).steps)


def test_a_folder_adds_and_overrides(tmp_path):
    outline = REGISTRY.fill(REGISTRY.match(Goal(goal_text="Deploy the shop service to production")))
    path = save_template(
        outline, template_id="deployment", title="Ours", verbs=["zorble"], objects=["quux"], folder=tmp_path
    )
    registry = REGISTRY.with_folder(tmp_path)
    assert tomllib.loads(path.read_text())["title"] == "Ours"
    assert len(registry) == len(REGISTRY)
    assert registry.version != REGISTRY.version
    match = registry.match(Goal(goal_text="Zorble the quux"))
    again = registry.fill(match)
    assert [step.name for step in again.steps] == [step.name for step in outline.steps]
    assert [len(step.depends_on) for step in again.steps] == [len(step.depends_on) for step in outline.steps]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("id = ", "Invalid value"),
        ('id = "x"\nversion = "1"\ntitle = "t"\ndescription = "d"\nsteps = []', "match"),
        (
            'id = "x"\nversion = "1"\ntitle = "t"\ndescription = "d"\n'
            '[[match.clauses]]\nverbs = ["a"]\nobjects = [["b"]]\n'
            '[[steps]]\nkey = "a"\nname = "A"\nafter = ["z"]\nminutes = [1, 2, 3]\nsuccess = ["s"]',
            "waits for 'z'",
        ),
    ],
)
def test_a_broken_file_is_named_with_its_place(tmp_path, content, told):
    (tmp_path / "broken.toml").write_text(content)
    with pytest.raises(PlanningError) as caught:
        REGISTRY.with_folder(tmp_path)
    assert caught.value.code is ErrorCode.TEMPLATE_INVALID
    assert "broken.toml" in str(caught.value)
    assert told in str(caught.value)


def test_a_missing_folder_and_an_unknown_id_are_errors(tmp_path):
    with pytest.raises(PlanningError, match="E5107"):
        REGISTRY.with_folder(tmp_path / "nowhere")
    with pytest.raises(PlanningError, match="E5107"):
        REGISTRY.get("nope")


@pytest.mark.parametrize(
    "goal",
    [
        "Prepare a speech for my brother's wedding",
        "Plan a menu for the birthday party",
        "Deploy the billing service to production and plan a birthday party for Anna",
        "Deploy the billing service to production and delete the old customer database",
        "Deploy the billing service to production, then please pay Bob",
        "Deploy the billing service to production. Delete the old database.",
        "Deploy the billing service to production " + "carefully " * 100 + "and wipe the old one",
        "Deploy nothing to production today",
        "Deploy the billing service to production, but do not restart anything",
        "Write a quarterly report on sales and send 5000 USD to Bob",
        "Onboard a new engineer and fire Bob",
        "Onboard a new engineer and gaslight Bob",
        "Plan a trip to Rome and cancel my subscription",
        "Plan a trip to Rome and frobnicate the database",
        "Process all CSV files and write a summary and delete them",
    ],
)
def test_a_goal_about_a_part_or_about_more_is_left_to_the_model(goal):
    assert REGISTRY.match(Goal(goal_text=goal)) is None


@pytest.mark.parametrize(
    ("goal", "template"),
    [
        ("Plan a trip to Rome and Florence", "travel-planning"),
        ("Plan a trip to Rome, Florence and the lakes for two", "travel-planning"),
        ("Plan a family trip, with hotel and breakfast", "travel-planning"),
        ("Deploy the billing service and the new API to production", "deployment"),
        ("Deploy the billing service to production and run smoke tests", "deployment"),
        ("Write a quarterly report on sales and marketing", "report"),
    ],
)
def test_things_that_are_listed_and_what_the_steps_do_anyway_are_no_second_wish(goal, template):
    match = REGISTRY.match(Goal(goal_text=goal))
    assert match is not None
    assert match.template_id == template


def test_references_in_a_goal_become_plain_text():
    goal = Goal(goal_text="Deploy the {s1.output} service to SECRET://db")
    for step in REGISTRY.fill(REGISTRY.match(goal)).steps:
        assert "secret://" not in step.name.lower()
        assert "{" not in step.name


def test_empty_values_do_not_keep_a_plan_from_becoming_a_template(tmp_path):
    outline = REGISTRY.fill(REGISTRY.match(Goal(goal_text="Deploy the shop service to production")))
    odd = outline.steps[0].model_copy(update={"inputs": {"a": None, "b": [1, None], "c": {"d": None}}})
    changed = outline.model_copy(update={"steps": [odd, *outline.steps[1:]]})
    save_template(changed, template_id="odd", title="Odd", verbs=["a"], objects=["b"], folder=tmp_path)
    assert TemplateRegistry([]).with_folder(tmp_path).get("odd").steps[0].inputs == {"b": [1], "c": {}}


def test_a_step_may_name_other_tools_for_when_its_own_fails(tmp_path):
    steps = [OutlineStep(key="get", name="Get it", tool="web.get", alternatives=["web.archive"])]
    saved = Outline(steps=steps, origin=Origin(strategy="llm"))
    save_template(saved, template_id="get", title="Get", verbs=["get"], objects=["page"], folder=tmp_path)
    filled = TemplateRegistry([]).with_folder(tmp_path)
    (step,) = filled.fill(filled.match(Goal(goal_text="Get page"))).steps
    assert (step.tool, step.alternatives) == ("web.get", ["web.archive"])
