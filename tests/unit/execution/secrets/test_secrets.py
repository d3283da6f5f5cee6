import asyncio
import os

import pytest

from groundplan import (
    AgentCapability,
    ErrorCode,
    ExecutionPlan,
    ExecutorRegistry,
    PlanningError,
    PlanningService,
    Task,
    TaskDependency,
    declare,
)
from groundplan.execution.access import AccessPolicy, Grant
from groundplan.execution.agent_registry import AgentRegistry
from groundplan.execution.protocols import TaskCall
from groundplan.execution.secrets.providers import ChainedSecrets, EnvironmentSecrets, FileSecrets, MappedSecrets
from groundplan.execution.secrets.revealing import RevealedSecrets
from groundplan.testing import memory_resources


def task(**inputs):
    return Task(task_id="t", name="t", tool="web.read", inputs=inputs)


async def revealed(planned, bound=None, **known):
    provider = MappedSecrets({name.replace("_", "/"): value for name, value in known.items()})
    inputs, masker = await RevealedSecrets(provider).reveal(planned, bound or planned.inputs)
    return inputs, masker


async def test_a_reference_becomes_its_value_wherever_it_stands():
    planned = task(headers={"auth": "Bearer secret://web/token"}, list=["secret://web/token", 1], plain="x")
    inputs, masker = await revealed(planned, web_token="v4lue")
    assert inputs == {"headers": {"auth": "Bearer v4lue"}, "list": ["v4lue", 1], "plain": "x"}
    assert masker.mask("v4lue") != "v4lue"


async def test_a_reference_that_comes_out_of_a_task_stays_text():
    planned = task(token="secret://web/token", body="${a.output}")
    inputs, _ = await revealed(
        planned, {"token": "secret://web/token", "body": "secret://web/token"}, web_token="v4lue"
    )
    assert inputs == {"token": "v4lue", "body": "secret://web/token"}


async def test_a_secret_and_an_output_do_not_share_a_text():
    with pytest.raises(PlanningError) as raised:
        await revealed(task(x="secret://web/token ${a.output}"), web_token="v4lue")
    assert raised.value.code is ErrorCode.BINDING_INVALID


async def test_a_secret_that_nobody_knows_is_said():
    with pytest.raises(PlanningError) as raised:
        await revealed(task(x="secret://web/token"))
    assert raised.value.code is ErrorCode.SECRET_UNAVAILABLE
    assert raised.value.details == {"task_id": "t", "secret": "web/token"}


async def test_the_environment_spells_names_in_capitals():
    provider = EnvironmentSecrets({"GROUNDPLAN_SECRET_MAIL_API_KEY": "v4lue"})
    assert await provider.get("mail/api-key") == "v4lue"
    assert await provider.get("other") is None


async def test_a_file_is_read_without_its_last_line_break(tmp_path):
    (tmp_path / "mail").mkdir()
    path = tmp_path / "mail" / "token"
    path.write_text("v4lue\n")
    path.chmod(0o600)
    assert await FileSecrets(tmp_path).get("mail/token") == "v4lue"
    assert await FileSecrets(tmp_path).get("mail/other") is None
    assert await FileSecrets(tmp_path).get("mail/token/deeper") is None


@pytest.mark.parametrize(
    ("content", "mode", "why"),
    [
        (b"v4lue", 0o644, "others may read"),
        (b"v4lue", 0o620, "others may read"),
        (b"\xff\xfe", 0o600, "no text"),
        (b"x" * 70_000, 0o600, "larger"),
    ],
)
async def test_a_file_that_is_no_safe_secret_is_refused(tmp_path, content, mode, why):
    (tmp_path / "token").write_bytes(content)
    (tmp_path / "token").chmod(mode)
    with pytest.raises(PlanningError, match=why) as raised:
        await FileSecrets(tmp_path).get("token")
    assert "v4lue" not in str(raised.value.to_dict())


@pytest.mark.parametrize("name", ["../token", "a/../../token", "/etc/passwd", ".hidden", "a//b"])
async def test_a_name_leads_out_of_the_folder_nowhere(tmp_path, name):
    with pytest.raises(PlanningError, match="no name"):
        await FileSecrets(tmp_path / "secrets").get(name)


async def test_the_first_who_knows_it_gives_it():
    chain = ChainedSecrets([MappedSecrets({"a": "1"}), MappedSecrets({"a": "2", "b": "3"})])
    assert [await chain.get(name) for name in ("a", "b", "c")] == ["1", "3", None]
    assert "1" not in repr(MappedSecrets({"a": "1"})).replace("1 values", "")


SENDER = AccessPolicy(
    roles={"sender": Grant(tools=["web.*"], secrets=["web/*"]), "clerk": Grant(tools=["files.*"])},
    agents={"ada": ["sender"], "bob": ["clerk"]},
)


@pytest.mark.parametrize(("agent", "allowed"), [("ada", True), ("bob", False), (None, False), ("eve", False)])
def test_roles_say_who_may_use_what(agent, allowed):
    doing = task().model_copy(update={"assigned_agent": agent})
    for check in (lambda: SENDER.check_tool(doing), lambda: SENDER.check_secret(doing, "web/token")):
        if allowed:
            check()
            continue
        with pytest.raises(PlanningError) as raised:
            check()
        assert raised.value.code is ErrorCode.ACCESS_DENIED


async def run(tasks, tools, **service):
    registry = ExecutorRegistry(callables=tools)
    async with PlanningService(resources=memory_resources(), executors=registry, **service) as opened:
        plan = await opened.store_plan(ExecutionPlan(tasks=tasks))
        if plan.status == "awaiting_approval":  # it uses a secret
            plan = await opened.approve_plan(plan.plan_id, by="ada", why="the page is ours")
        result = await opened.execute_plan(plan.plan_id, policy="continue")
        kept = [await opened.run_context.runs.read_ledger((await opened.list_runs())[0].run_id)]
        kept += [event async for event in opened.stream(result.plan_id)]
        return result, repr(kept) + repr(await opened.get_plan(result.plan_id))


async def test_a_secret_reaches_the_tool_and_nothing_that_is_kept():
    seen = []

    async def post(token):
        seen.append(token)
        return {"echo": f"logged in with {token}"}

    async def broken(token):
        raise RuntimeError(f"bad token {token}")

    uses = [task(token="secret://web/token")]
    uses += [Task(task_id="b", name="b", tool="web.broken", inputs={"token": "secret://web/token"})]
    uses += [
        Task(task_id="c", name="c", tool="web.read", inputs={"token": "${t.output.echo}"},
             dependencies=[TaskDependency(task_id="t")])
    ]  # fmt: skip
    secrets = MappedSecrets({"web/token": "v4lue-of-it"})
    result, kept = await run(uses, {"web.read": post, "web.broken": broken}, secrets=secrets)
    assert seen == ["v4lue-of-it", "logged in with •••"]
    assert result["b"].error["message"] == "RuntimeError: bad token •••"
    assert "v4lue" not in kept + repr(result)


async def test_a_task_without_the_role_fails_before_anything_happens():
    done = []
    result, _ = await run([task()], {"web.read": lambda: done.append(1)}, access=AccessPolicy())
    assert (result["t"].error["code"], done) == (ErrorCode.ACCESS_DENIED.value, [])


async def test_the_environment_is_the_default(monkeypatch):
    monkeypatch.setenv("GROUNDPLAN_SECRET_WEB_TOKEN", "v4lue")
    seen = []
    await run([task(token="secret://web/token")], {"web.read": lambda token: seen.append(token)})
    assert seen == ["v4lue"]


async def test_notes_of_progress_and_effects_in_the_ledgers_transaction_are_masked():
    async def post(call, connection):
        call.report(0.5, f"sending {call.inputs['token']}")
        return {"echo": call.inputs["token"]}

    tools = {"web.read": declare(post, transactional=True)}
    secrets = MappedSecrets({"web/token": "v4lue-of-it"})
    result, kept = await run([task(token="secret://web/token")], tools, secrets=secrets)
    assert result["t"].output == {"echo": "•••"}
    assert "sending •••" in kept
    assert "v4lue" not in kept + repr(result)


def test_a_call_that_is_printed_does_not_show_its_inputs():
    call = TaskCall(task=task(), plan_id="p", run_id="r", attempt=1, idempotency_key="k", inputs={"token": "v4lue"})
    assert "v4lue" not in repr(call)


async def test_the_roles_are_those_of_the_agent_who_got_the_task():
    done = []
    needy = Task(task_id="t", name="t", tool="web.read", required_capabilities=["web"])
    for agent, ends in (("bob", ErrorCode.ACCESS_DENIED.value), ("ada", None)):
        doing = AgentRegistry([AgentCapability(agent_id=agent, capabilities=["web"])])
        result, _ = await run([needy], {"web.read": lambda: done.append(1)}, access=SENDER, agents=doing)
        assert (result["t"].error or {}).get("code") == ends
    assert done == [1]


def test_a_role_that_is_not_there_is_refused_when_the_policy_is_made():
    with pytest.raises(ValueError, match="no role 'sendr'"):
        AccessPolicy(roles={"sender": Grant(tools=["*"])}, agents={"ada": ["sendr"]})


@pytest.mark.parametrize("name", ["a/../b", "a//b", "a/..b"])
async def test_no_provider_is_asked_for_what_is_no_name(name):
    asked = []

    class Asked:
        async def get(self, name):
            asked.append(name)
            return "v4lue"

    with pytest.raises(PlanningError) as raised:
        await RevealedSecrets(Asked()).reveal(task(x=f"secret://{name}"), {"x": f"secret://{name}"})
    assert raised.value.code in (ErrorCode.SECRET_UNAVAILABLE, ErrorCode.BINDING_INVALID)
    assert asked == []


async def test_a_provider_that_fails_does_not_tell_what_it_knows():
    class Broken:
        async def get(self, name):
            raise RuntimeError("token v4lue was refused")

    with pytest.raises(PlanningError, match="its provider failed \\(RuntimeError\\)") as raised:
        await RevealedSecrets(Broken()).reveal(task(x="secret://a"), {"x": "secret://a"})
    assert raised.value.retryable
    assert "v4lue" not in repr(raised.value.to_dict())
    assert raised.value.__suppress_context__


async def test_an_empty_secret_is_none():
    with pytest.raises(PlanningError, match="or it is empty"):
        await revealed(task(x="secret://web/token"), web_token="")


async def test_a_folder_in_which_others_may_write_keeps_no_secrets(tmp_path):
    (tmp_path / "token").write_text("v4lue")
    (tmp_path / "token").chmod(0o600)
    tmp_path.chmod(0o777)
    with pytest.raises(PlanningError, match="others may write"):
        await FileSecrets(tmp_path).get("token")


async def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "token", 0o600)
    with pytest.raises(PlanningError, match="is no file"):
        await asyncio.wait_for(FileSecrets(tmp_path).get("token"), 5)


async def test_fields_of_secrets_are_left_to_those_who_have_fields(tmp_path):
    chain = ChainedSecrets([FileSecrets(tmp_path), MappedSecrets({"mail#user": "ada"})])
    assert await chain.get("mail#user") == "ada"
