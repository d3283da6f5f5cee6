"""Plans that were checked, kept for as long as they are being run."""

from __future__ import annotations

from collections import OrderedDict

from groundplan.domain.approval_check import verify_runnable
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.signing import Keyring
from groundplan.stores.protocols import PlanStore
from groundplan.stores.verified import verified_plan

_KEPT = 128


class VerifiedPlans:
    """Loads plans for running. What was planned and approved in one version never changes, so a version is read and
    checked once; the status and the progress of a plan that comes from here may be old."""

    def __init__(self, store: PlanStore, keyring: Keyring) -> None:
        self._store = store
        self._keyring = keyring
        self._kept: OrderedDict[tuple[str, int], ExecutionPlan] = OrderedDict()
        self._runnable: OrderedDict[tuple[str, int], ExecutionPlan] = OrderedDict()

    async def latest(self, plan_id: str) -> ExecutionPlan:
        """The latest version, read now. Raises PlanningError: E5002, E5801, E5802."""
        return await self.read(plan_id)

    async def read(self, plan_id: str, version: int | None = None) -> ExecutionPlan:
        """This version (the latest by default), read now. Raises as `latest`."""
        plan, _ = await verified_plan(self._store, self._keyring, plan_id, version)
        return _keep(self._kept, plan)

    async def version(self, plan_id: str, version: int) -> ExecutionPlan:
        """This version, to be looked at. Raises as `latest`."""
        known = _known(self._runnable, plan_id, version) or _known(self._kept, plan_id, version)
        if known is None:
            known, _ = await verified_plan(self._store, self._keyring, plan_id, version)
        return _keep(self._kept, known)

    async def runnable(self, plan_id: str, version: int | None = None) -> ExecutionPlan:
        """This version (the latest by default, read now), to be run: whatever its status says, it needs no approval or
        has one. Raises as `latest`, and E5202."""
        known = None if version is None else _known(self._runnable, plan_id, version)
        if known is None:
            known, approval = await verified_plan(self._store, self._keyring, plan_id, version)
            verify_runnable(known, approval, self._keyring)
        return _keep(self._runnable, known)


Kept = OrderedDict[tuple[str, int], ExecutionPlan]


def _known(kept: Kept, plan_id: str, version: int) -> ExecutionPlan | None:
    return kept.get((plan_id, version))


def _keep(kept: Kept, plan: ExecutionPlan) -> ExecutionPlan:
    kept[plan.plan_id, plan.version] = plan
    kept.move_to_end((plan.plan_id, plan.version))
    if len(kept) > _KEPT:
        kept.popitem(last=False)
    return plan
