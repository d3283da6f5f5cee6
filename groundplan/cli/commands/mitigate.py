"""`groundplan mitigate`: meet a risk by an edit of the plan, or accept it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundplan.cli.choices import Mitigating
from groundplan.cli.commands.options import App, AsJson, By, PlanId
from groundplan.cli.output import emit, print_message
from groundplan.cli.prefixes import whole_plan_id
from groundplan.cli.risk_ids import whole_risk_id
from groundplan.cli.session import with_service
from groundplan.cli.stored import show_stored, with_approval

if TYPE_CHECKING:
    from rich.console import RenderableType

    from groundplan.cli.stored import Stored
    from groundplan.domain.risk import Risk
    from groundplan.service import PlanningService
    from groundplan.service.mitigating import MitigationPreview

_Risk = Annotated[str, typer.Argument(metavar="RISK", help="The risk's id, or its beginning.", show_default=False)]


def mitigate(
    plan_id: PlanId,
    risk: _Risk,
    by: By,
    kind: Annotated[
        Mitigating | None, typer.Option("--kind", help="In which way; else the first that is possible.")
    ] = None,
    why: Annotated[str, typer.Option("--why", metavar="REASON", help="Why so.")] = "",
    accept: Annotated[bool, typer.Option("--accept", help="Live with it: change nothing, alert no more.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take back what the latest version was made for.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it; otherwise it is shown and asked first.")] = False,
    app: App = None,
    as_json: AsJson = False,
) -> None:
    """Meet a risk by an edit of the plan, which makes its next version. What would change is shown first."""
    if accept + undo + (kind is not None) > 1:
        raise typer.BadParameter("choose one of --accept, --undo and --kind")
    if accept:
        _accept(plan_id, risk, by, why, as_json=as_json)
        return
    shown = with_service(lambda service: _previewed(service, plan_id, risk, kind, undo=undo), app=app)
    from groundplan.cli.render.risk_views import preview_view

    if not yes and (as_json or not sys.stdin.isatty()):
        emit(as_json=as_json, document=lambda: _document(shown), view=lambda: preview_view(shown))
        print_message("Nothing was changed: say --yes to do it.")
        return
    if not as_json:
        emit(as_json=False, document=dict, view=lambda: preview_view(shown))
    if not yes:
        typer.confirm("Make this the next version?", abort=True)
    if undo:
        _undo(shown, by, why, app=app, as_json=as_json)
    else:
        _mitigate(shown, by, why, app=app, as_json=as_json)


async def _previewed(
    service: PlanningService, plan_id: str, risk: str, kind: str | None, *, undo: bool
) -> MitigationPreview:
    whole, risk_id = await _which(service, plan_id, risk)
    if undo:
        return await service.preview_undo(whole, risk_id)
    return await service.preview_mitigation(whole, risk_id, kind)


async def _which(service: PlanningService, plan_id: str, risk: str) -> tuple[str, str]:
    whole = await whole_plan_id(service, plan_id)
    return whole, whole_risk_id(risk, [one.risk_id for one in await service.risks(whole)])


def _mitigate(shown: MitigationPreview, by: str, why: str, *, app: str | None, as_json: bool) -> None:
    plan_id, risk_id, kind = shown.plan.plan_id, shown.risk.risk_id, shown.edit.kind

    async def made(service: PlanningService) -> tuple[Stored, str | None]:
        answer = await service.mitigate(plan_id, risk_id, kind, by=by, why=why, version=shown.plan.version)
        return await with_approval(service, answer.plan), answer.run_id

    stored, run_id = with_service(made, app=app)
    done = {"applied": True, "run_id": run_id, "plan": stored.plan}
    emit(
        as_json=as_json,
        document=lambda: _document(shown) | done | {"plan": stored.plan.model_dump(mode="json")},
        view=lambda: _view(stored, run_id),
    )


def _accept(plan_id: str, risk: str, by: str, why: str, *, as_json: bool) -> None:
    async def accepted(service: PlanningService) -> tuple[str, Risk]:
        whole, risk_id = await _which(service, plan_id, risk)
        return whole, await service.accept_risk(whole, risk_id, by=by, why=why)

    whole, done = with_service(accepted)
    emit(
        as_json=as_json,
        document=lambda: {"plan_id": whole, "risk": done.model_dump(mode="json")},
        view=lambda: f"Risk {done.risk_id} is accepted: it alerts no more.\n",
    )


def _undo(shown: MitigationPreview, by: str, why: str, *, app: str | None, as_json: bool) -> None:
    plan_id, risk_id, version = shown.plan.plan_id, shown.risk.risk_id, shown.plan.version

    async def undone(service: PlanningService) -> Stored:
        plan = await service.undo_mitigation(plan_id, risk_id, by=by, why=why, version=version)
        return await with_approval(service, plan)

    show_stored(with_service(undone, app=app), as_json=as_json)


def _document(shown: MitigationPreview) -> dict[str, Any]:
    return {
        "plan_id": shown.plan.plan_id,
        "risk_id": shown.risk.risk_id,
        "kind": shown.edit.kind.value,
        "patch": shown.edit.patch.model_dump(mode="json", exclude_defaults=True),
        "diff": shown.diff.model_dump(mode="json"),
        "applied": False,
    }


def _view(stored: Stored, run_id: str | None) -> RenderableType | str:
    from groundplan.cli.stored import view_of

    if run_id is None:
        return view_of(stored)
    return f"Run {run_id} was asked to make the next version of plan {stored.plan.plan_id}.\n"
