"""Tasks that a chat model does by answering."""

from __future__ import annotations

import asyncio
import time

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from groundplan.decomposition.calling import UNFINISHED, answer_of, unavailable
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.execution import Usage
from groundplan.domain.runs import ModelAnswer
from groundplan.domain.task import Task
from groundplan.execution.executors.current_call import context_of
from groundplan.execution.executors.json_output import as_json
from groundplan.execution.executors.limits import ExecutorLimits
from groundplan.execution.executors.prompt import task_prompt
from groundplan.execution.protocols import Declaration, Produced, TaskCall
from groundplan.prompts import load, render

_CUT_OFF = {"length", "max_tokens", UNFINISHED}


class LLMExecutor:
    """Asks a chat model to do the task; the output is the text of its answer.

    Asking has no effect beside its cost, so it is idempotent. Inputs are material between two lines that no text in
    them can imitate. What was asked is in `Produced.record`, with the answer's finish and the model's name.
    """

    def __init__(self, model: BaseChatModel, *, name: str = "", limits: ExecutorLimits | None = None) -> None:
        self._model = model
        self._name = name or str(getattr(model, "model", None) or getattr(model, "model_name", None) or "the model")
        self._limits = limits or ExecutorLimits()

    def declaration(self, task: Task) -> Declaration:  # noqa: ARG002  # true of every question
        return Declaration(pure=True)

    async def run(self, call: TaskCall) -> Produced:
        """Ask once.

        Raises:
            PlanningError: E5102 the model cannot be asked, E5105 its answer was cut off, E5104 it said nothing
                (all to be tried again), E5210/E5211 the text cannot be kept.
        """
        messages = [SystemMessage(render("execute_task_system", {})), HumanMessage(task_prompt(call))]
        answer = await self._asked(call, messages)
        return Produced(
            output=as_json(answer.text, self._limits.output_bytes),
            usage=Usage(tokens=answer.input_tokens + answer.output_tokens),
            record={
                "prompt": [{"role": message.type, "content": message.text} for message in messages],
                "prompt_version": load("execute_task").version,
                "model": answer.model,
                "finish": answer.finish,
            },
        )

    async def _asked(self, call: TaskCall, messages: list[BaseMessage]) -> ModelAnswer:
        began = time.monotonic()
        try:
            said = await asyncio.get_running_loop().create_task(self._model.ainvoke(messages), context=context_of(call))
        except Exception as error:  # noqa: BLE001  # every client of every provider raises errors of its own
            raise unavailable(self._model, self._name, error) from None
        answer = answer_of(self._model, self._name, said, (time.monotonic() - began) * 1000)
        if answer.finish in _CUT_OFF:
            raise _unusable(call, ErrorCode.MODEL_ANSWER_CUT_OFF, "ended before it was complete")
        if not answer.text.strip():
            raise _unusable(call, ErrorCode.MODEL_ANSWER_UNUSABLE, "is empty")
        return answer


def _unusable(call: TaskCall, code: ErrorCode, why: str) -> PlanningError:
    return PlanningError(
        code,
        f"The model's answer to task {call.task.task_id!r} {why}",
        details={"task_id": call.task.task_id},
        recovery_suggestion="Allow longer answers, split the task, or use a stronger model.",
        retryable=True,
    )
