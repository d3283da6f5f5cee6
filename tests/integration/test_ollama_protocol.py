"""Ollama by HTTP as groundplan opens it, from a server that misbehaves: each ends in a documented error, soon."""

import asyncio
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from groundplan.decomposition import models
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.goal import DecompositionStrategy, Goal
from groundplan.domain.lifecycle import GoalStatus, PlanStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.tools import ToolSpec
from groundplan.service import PlanningService, Settings
from groundplan.testing import memory_resources
from tests.fake_ollama import ANSWER
from tests.misbehaving_ollama import (
    Behaviour,
    MisbehavingOllama,
    breaks_off,
    hangs_up,
    misbehaving_ollama,
    never_ends,
    part,
    raw,
    refuses,
    says,
    stays_silent,
    stops_in_the_middle,
)

GOAL = Goal(goal_text="Organize an exhibition", decomposition_strategy=DecompositionStrategy.LLM)
PATIENCE = 0.5
"""What the model may take for an answer, in seconds."""
HANG = 10.0
"""A guard against hanging, in seconds; nothing here takes a fifth of it."""
ASKED_AT_MOST = 3
"""The first time, and once for each of the two repairs."""
GOOD = says(ANSWER)

Opens = Callable[..., AbstractAsyncContextManager[PlanningService]]


@pytest.fixture
def opens(tmp_path: Path) -> Opens:
    """A service with the model of a server, by its URL."""

    @asynccontextmanager
    async def service(url: str, *, tools: tuple[ToolSpec, ...] = (), **settings: Any) -> Any:
        given = {"home": tmp_path, "ollama_host": url, "model_timeout_seconds": PATIENCE} | settings
        planning = PlanningService(
            settings=Settings.load(**given), model="ollama:tiny", tools=tools, resources=memory_resources()
        )
        async with asyncio.timeout(HANG), planning as opened:
            yield opened
            # langchain-ollama keeps an HTTP client that it offers no public way to close.
            await opened.context.chat_model()._async_client._client.aclose()

    return service


@pytest.fixture
def nobody() -> Iterator[str]:
    """A URL at which nobody listens, of a port that nobody else gets meanwhile."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


async def refused(service: PlanningService, goal: Goal = GOAL) -> PlanningError:
    """The error of a run `r1` that must fail."""
    with pytest.raises(PlanningError) as caught:
        await service.create_plan(goal, run_id="r1")
    return caught.value


async def refusal_by(opens: Opens, *behaviours: Behaviour, **settings: Any) -> tuple[PlanningError, MisbehavingOllama]:
    with misbehaving_ollama(*behaviours) as ollama:
        async with opens(ollama.url, **settings) as service:
            return await refused(service), ollama


async def plan_by(opens: Opens, *behaviours: Behaviour, **settings: Any) -> tuple[ExecutionPlan, MisbehavingOllama]:
    with misbehaving_ollama(*behaviours) as ollama:
        async with opens(ollama.url, **settings) as service:
            return await service.create_plan(GOAL), ollama


def last_words(call: dict[str, Any]) -> str:
    return str(call["messages"][-1]["content"])


def many_steps(count: int) -> str:
    return json.dumps({"steps": [{"number": n, "name": f"Do part {n}", "minutes": 5} for n in range(1, count + 1)]})


SILENCES = {"from the start": stays_silent, "in the middle": stops_in_the_middle, "a word now and then": never_ends}

BROKEN: dict[str, tuple[Behaviour, str]] = {
    "hangs up": (hangs_up, "RemoteProtocolError"),
    "breaks off in the middle": (breaks_off, "RemoteProtocolError"),
    "unknown model": (refuses(404, b'{"error": "model \'tiny\' not found"}'), "is not there"),
    "internal error": (refuses(500, b'{"error": "cuda died"}'), "HTTP 500"),
    "busy": (refuses(503, b"server busy"), "HTTP 503"),
    "moved": (refuses(302, b""), "HTTP 302"),
    "an error in the stream": (raw(part("{") + b'{"error": "out of memory"}\n'), "ResponseError"),
    "nothing at all": (raw(b""), "ValueError"),
    "only loaded": (raw(part("", "load")), "ValueError"),
    "a page of a proxy": (raw(b"<html>Welcome</html>"), "JSONDecodeError"),
    "every byte there is": (raw(bytes(range(256)) * 40), "JSONDecodeError"),
    "no object": (raw(b"[1, 2]\n"), "AttributeError"),
    "brackets without end": (raw(b"[" * 200_000 + b"\n"), "RecursionError"),
    "no message": (raw(b'{"model": "tiny", "done": true, "done_reason": "stop"}\n'), "ValidationError"),
    "words for counts": (says(ANSWER, prompt_eval_count="many"), "ValidationError"),
    "no HTTP": (lambda exchange: exchange.send(b"\x00\xff\r\n\r\n"), "RemoteProtocolError"),
}

USELESS: dict[str, tuple[str, ErrorCode]] = {
    "prose": ("Sure! First you plan, then you do.", ErrorCode.MODEL_ANSWER_UNUSABLE),
    "no word": ("", ErrorCode.MODEL_ANSWER_UNUSABLE),
    "no steps": ('{"steps": []}', ErrorCode.MODEL_ANSWER_UNUSABLE),
    "500 tasks": (many_steps(500), ErrorCode.MODEL_ANSWER_UNUSABLE),
    "half a surrogate": ('{"steps": [{"number": 1, "name": "a\\ud800"}]}', ErrorCode.MODEL_ANSWER_UNUSABLE),
    "nested without end": ('{"steps": ' * 5_000, ErrorCode.MODEL_ANSWER_UNUSABLE),
}


@pytest.mark.parametrize("silence", SILENCES.values(), ids=SILENCES)
async def test_a_silent_server_is_given_up_on_and_hears_of_it(opens: Opens, silence: Behaviour) -> None:
    with misbehaving_ollama(silence) as ollama:
        async with opens(ollama.url) as service:
            begun = time.monotonic()
            error = await refused(service)
            assert PATIENCE <= time.monotonic() - begun < HANG / 2
            gone = await asyncio.to_thread(ollama.client_gone.wait, HANG / 2)
    assert (error.code, error.retryable) == (ErrorCode.MODEL_TIMEOUT, True)
    assert len(ollama.calls) == 1
    assert gone, "Ollama goes on computing for a client that holds its connection open"


async def test_a_server_that_is_not_there_is_named(opens: Opens, nobody: str) -> None:
    async with opens(nobody) as service:
        error = await refused(service)
    assert (error.code, error.retryable) == (ErrorCode.MODEL_UNAVAILABLE, True)
    assert error.details["server"] == nobody.removeprefix("http://")
    assert "ollama serve" in error.recovery_suggestion


@pytest.mark.parametrize(("behaviour", "told"), BROKEN.values(), ids=BROKEN)
async def test_a_broken_answer_is_no_answer_and_not_asked_for_again(
    opens: Opens, behaviour: Behaviour, told: str
) -> None:
    error, ollama = await refusal_by(opens, behaviour)
    assert (error.code, error.retryable) == (ErrorCode.MODEL_UNAVAILABLE, True)
    assert told in error.message
    assert error.recovery_suggestion
    assert len(ollama.calls) == 1


async def test_an_unknown_model_is_to_be_pulled(opens: Opens) -> None:
    error, _ = await refusal_by(opens, refuses(404, b"{}"))
    assert error.recovery_suggestion == "ollama pull tiny"


@pytest.mark.parametrize("behaviour", [stays_silent, hangs_up, refuses(500, b"")], ids=["silent", "gone", "500"])
async def test_the_run_goes_on_when_the_server_is_well_again(opens: Opens, behaviour: Behaviour) -> None:
    with misbehaving_ollama(behaviour, GOOD) as ollama:
        async with opens(ollama.url) as service:
            await refused(service)
            plan = await service.resume_plan("r1")
    assert plan.status is PlanStatus.VALIDATED
    assert len(plan.tasks) == 4
    assert len(ollama.calls) == 2


@pytest.mark.parametrize(("text", "code"), USELESS.values(), ids=USELESS)
async def test_an_answer_that_never_gets_better_ends_after_the_repairs(
    opens: Opens, text: str, code: ErrorCode
) -> None:
    error, ollama = await refusal_by(opens, says(text))
    assert (error.code, error.retryable) == (code, False)
    assert error.details["calls"] == len(ollama.calls) == ASKED_AT_MOST
    assert len(error.details["tried"]) == ASKED_AT_MOST


@pytest.mark.parametrize(("text", "code"), USELESS.values(), ids=USELESS)
async def test_an_answer_that_gets_better_is_a_plan(opens: Opens, text: str, code: ErrorCode) -> None:
    plan, ollama = await plan_by(opens, says(text), GOOD)
    assert len(plan.tasks) == 4
    assert len(ollama.calls) == 2
    said = [message["role"] for message in ollama.calls[1]["messages"]]
    assert said == ["system", "user", "assistant", "user"]


async def test_what_is_wrong_is_said_to_the_model(opens: Opens) -> None:
    _, ollama = await plan_by(opens, says("Certainly!"), says(many_steps(500)), GOOD)
    assert "not one JSON object" in last_words(ollama.calls[1])
    assert "500 steps" in last_words(ollama.calls[2])


CUT_OFF = {"it says so": says(ANSWER, "length"), "it ends without a word": raw(part(ANSWER))}


@pytest.mark.parametrize("behaviour", CUT_OFF.values(), ids=CUT_OFF)
async def test_a_cut_off_answer_is_not_believed_though_it_parses(opens: Opens, behaviour: Behaviour) -> None:
    error, ollama = await refusal_by(opens, behaviour)
    assert (error.code, error.retryable) == (ErrorCode.MODEL_ANSWER_CUT_OFF, False)
    assert len(ollama.calls) == ASKED_AT_MOST
    assert "NUM_PREDICT" in error.recovery_suggestion


@pytest.mark.parametrize("behaviour", CUT_OFF.values(), ids=CUT_OFF)
async def test_a_cut_off_answer_that_comes_whole_then_is_a_plan(opens: Opens, behaviour: Behaviour) -> None:
    plan, ollama = await plan_by(opens, behaviour, GOOD)
    assert len(plan.tasks) == 4
    assert "cut off" in last_words(ollama.calls[1])


async def test_tools_that_nobody_offers_are_asked_about_and_then_left_out(opens: Opens) -> None:
    invents = [
        {"number": 1, "name": "Write the text", "tool": "mail.compose"},
        {"number": 2, "name": "Send it", "tool": "mail.send", "depends_on": [1]},
    ]
    offered = ToolSpec(name="mail.send", description="Sends a mail")
    plan, ollama = await plan_by(opens, says(json.dumps({"steps": invents})), tools=(offered,))
    assert [task.tool for task in plan.tasks] == [None, "mail.send"]
    assert len(ollama.calls) == ASKED_AT_MOST
    assert "mail.compose" in last_words(ollama.calls[1])


async def test_calls_are_bounded_however_many_repairs_are_allowed(opens: Opens) -> None:
    error, ollama = await refusal_by(opens, says("no"), max_repairs=50, model_max_calls=4)
    assert error.code is ErrorCode.MODEL_BUDGET_EXCEEDED
    assert len(ollama.calls) == 4


async def test_tokens_are_bounded_by_what_the_server_counts(opens: Opens) -> None:
    error, ollama = await refusal_by(opens, says("no", eval_count=40_000), max_repairs=50)
    assert error.code is ErrorCode.MODEL_BUDGET_EXCEEDED
    assert len(ollama.calls) == 2


async def test_a_count_below_zero_gives_no_budget_back(opens: Opens) -> None:
    plan, _ = await plan_by(opens, says(ANSWER, prompt_eval_count=-5, eval_count=-5))
    assert plan.metadata.tokens == 0


async def test_a_count_beyond_all_numbers_is_one_that_can_be_kept(opens: Opens) -> None:
    plan, _ = await plan_by(opens, says(ANSWER, eval_count=10**30))
    assert 2**30 < plan.metadata.tokens < 2**63


async def test_what_is_asked_is_what_ollama_takes(opens: Opens) -> None:
    _, ollama = await plan_by(opens, GOOD, model_num_predict=700)
    (asked,) = ollama.calls
    assert (asked["model"], asked["stream"]) == ("tiny", True)
    assert asked["options"]["num_predict"] == 700
    assert asked["format"]["properties"]["steps"]["maxItems"] == 7


async def test_a_host_without_a_scheme_is_enough(opens: Opens) -> None:
    with misbehaving_ollama(GOOD) as ollama:
        async with opens(ollama.url.removeprefix("http://")) as service:
            assert len((await service.create_plan(GOAL)).tasks) == 4


async def test_credentials_of_the_url_and_words_of_the_server_are_told_to_nobody(opens: Opens) -> None:
    with misbehaving_ollama(refuses(500, b"key sk-hidden is over its limit")) as ollama:
        async with opens(ollama.url.replace("://", "://ada:pass-hidden@")) as service:
            error = await refused(service)
    told = json.dumps(error.to_dict())
    assert "127.0.0.1" in told
    assert "hidden" not in told


async def test_the_goal_of_a_failed_run_says_why(opens: Opens) -> None:
    with misbehaving_ollama(says("no")) as ollama:
        async with opens(ollama.url) as service:
            await refused(service)
            (goal,) = await service.context.store.list_goals()
    assert goal.status is GoalStatus.FAILED
    assert goal.metadata["error"]["code"] == ErrorCode.MODEL_ANSWER_UNUSABLE


NO_OLLAMA = {"silent": stays_silent, "gone": hangs_up, "500": refuses(500, b""), "a page": raw(b"<html>")}


@pytest.mark.parametrize("behaviour", NO_OLLAMA.values(), ids=NO_OLLAMA)
async def test_the_health_check_sees_a_server_that_is_not_ollama(
    opens: Opens, monkeypatch: pytest.MonkeyPatch, behaviour: Behaviour
) -> None:
    monkeypatch.setattr(models, "_CHECK_SECONDS", PATIENCE)
    with misbehaving_ollama(behaviour) as ollama:
        async with opens(ollama.url) as service:
            model = (await service.check_health())["components"]["model"]
    assert model["status"] == "degraded"
    assert f"Ollama does not answer at {ollama.url}" in model["detail"]
