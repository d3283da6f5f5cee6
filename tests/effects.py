"""Plans whose tasks have effects that can be counted."""

from groundplan import ExecutionPlan, ExecutorRegistry, Task, TaskDependency, ToolSpec, declare

TOOLS = [ToolSpec(name=f"work.{name}", description=f"To {name} something") for name in ("do", "other", "undo")]


class Effects:
    """Callables for tasks: `work.do` notes what it did, or breaks as often as `failures` says."""

    def __init__(self):
        self.done = []
        self.failures = {}

    async def do(self, what):
        if self.failures.get(what, 0) > 0:
            self.failures[what] -= 1
            raise ConnectionError(f"{what} broke")
        self.done.append(what)
        return {"what": what}

    async def other(self, what):
        return await self.do(f"other {what}")

    async def undo(self, what):
        self.done.append(f"undo {what}")
        return {}

    def registry(self):
        return ExecutorRegistry(
            callables={"work.do": self.do, "work.other": self.other, "work.undo": declare(self.undo, idempotent=True)}
        )


def do(task_id, *after, **fields):
    return Task(
        task_id=task_id,
        name=f"Do {task_id}",
        **{"tool": "work.do", "inputs": {"what": task_id}} | fields,
        dependencies=[TaskDependency(task_id=other) for other in after],
    )


def chain(**fields):
    """a, then b with what a gave, then c."""
    bound = do("b", "a", inputs={"what": "after ${a.output.what}"}, **fields)
    return ExecutionPlan(plan_id="p", tasks=[do("a"), bound, do("c", "b")])


def statuses(result):
    return {task_id: task.status.value for task_id, task in result.items()}
