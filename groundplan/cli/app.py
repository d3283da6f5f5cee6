"""The commands of `groundplan`, put together."""

from __future__ import annotations

import typer

from groundplan.cli.commands.approve import approve
from groundplan.cli.commands.attend import attend
from groundplan.cli.commands.calibration import calibration
from groundplan.cli.commands.cancel import cancel
from groundplan.cli.commands.costs import costs
from groundplan.cli.commands.diff import diff
from groundplan.cli.commands.doctor import doctor
from groundplan.cli.commands.evaluations import evaluations
from groundplan.cli.commands.fork import fork
from groundplan.cli.commands.goals import goals
from groundplan.cli.commands.history import history
from groundplan.cli.commands.mitigate import mitigate
from groundplan.cli.commands.plan import plan
from groundplan.cli.commands.plans import plans
from groundplan.cli.commands.progress import progress
from groundplan.cli.commands.prune import prune
from groundplan.cli.commands.reject import reject
from groundplan.cli.commands.replan import replan
from groundplan.cli.commands.report import report
from groundplan.cli.commands.rerun import rerun
from groundplan.cli.commands.resume import resume
from groundplan.cli.commands.risks import risks
from groundplan.cli.commands.rollback import rollback
from groundplan.cli.commands.run import run
from groundplan.cli.commands.runs import runs
from groundplan.cli.commands.schedule import schedule
from groundplan.cli.commands.show import show
from groundplan.cli.commands.simulate import simulate
from groundplan.cli.commands.templates import templates
from groundplan.cli.commands.update import update
from groundplan.cli.commands.version import version
from groundplan.cli.commands.view import view
from groundplan.cli.commands.watch import watch

# Help as plain text: typer's rich help costs a quarter of a second.
app = typer.Typer(
    name="groundplan",
    help="Turn a goal in plain language into a validated, signed plan in Postgres, and run it.",
    epilog="Exit codes: 0 fine, 1 unexpected, 2 refused input, 3 invalid plan, 4 a service is missing, "
    "5 the plan failed, 6 it waits, 130 Ctrl-C.",
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for command in (
    plan, show, schedule, simulate, plans, approve, reject, run, resume, watch, progress, cancel, rollback, attend,
    update, replan, risks, mitigate, evaluations, calibration, costs, runs, report, templates, history, view, diff,
    rerun, fork, prune, goals, doctor, version,
):  # fmt: skip
    app.command()(command)
