"""Plans whose signature was checked, kept for as long as they are being run."""

from __future__ import annotations

from collections import OrderedDict

from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.signing import Keyring
from groundplan.stores.protocols import PlanStore

_KEPT = 128


class VerifiedPlans:
    """Loads plans for running. What was planned in one version never changes, so a version is read and checked once;
    the status and the progress of a plan that comes from here may be old."""

    def __init__(self, store: PlanStore, keyring: Keyring) -> None:
        self._store = store
        self._keyring = keyring
        self._kept: OrderedDict[tuple[str, int], ExecutionPlan] = OrderedDict()

    async def latest(self, plan_id: str) -> ExecutionPlan:
        """The latest version, read now. Raises PlanningError: E5002, E5801, E5802."""
        return self._keep(await self._store.get_plan(plan_id))

    async def version(self, plan_id: str, version: int) -> ExecutionPlan:
        """This version. Raises as `latest`."""
        known = self._kept.get((plan_id, version))
        if known is not None:
            self._kept.move_to_end((plan_id, version))
            return known
        return self._keep(await self._store.get_plan(plan_id, version))

    def _keep(self, plan: ExecutionPlan) -> ExecutionPlan:
        self._keyring.verify(plan)
        self._kept[plan.plan_id, plan.version] = plan
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return plan
