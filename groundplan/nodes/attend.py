"""Wait for a person: tasks are in doubt, and nothing can go on before somebody says what became of them."""

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from groundplan.domain.ledger import fold
from groundplan.domain.lifecycle import TaskStatus
from groundplan.run_state import RunContext, RunState, run_id_of


async def attend(state: RunState, runtime: Runtime[RunContext]) -> RunState:
    """Interrupt with the tasks in doubt; whatever resumes it, the ledger says what was decided. Writes nothing."""
    context, run_id = runtime.context, run_id_of(runtime)
    states = fold(await context.runs.read_ledger(run_id))
    doubtful = {
        task_id: {"error": known.error, "key": known.key, "attempt": known.attempt}
        for task_id, known in states.items()
        if known.status is TaskStatus.IN_DOUBT
    }
    if doubtful:
        interrupt({"plan_id": state["plan_id"], "run_id": run_id, "in_doubt": doubtful})
    return {}
