"""How a plan stands, for people who do not run it: one report as data, Markdown, charts, or a page of its own.

    report = await service.report(plan_id)        or  report_on(plan, made_at=now)
    Path("report.html").write_text(as_html(report), encoding="utf-8")

Everything here is computed from what it is given: no store, no clock, no request to anywhere.
"""

from groundplan.report.charts.burn_up import burn_up as burn_up
from groundplan.report.charts.drawing import Chart as Chart
from groundplan.report.charts.gantt import gantt as gantt
from groundplan.report.charts.network import network as network
from groundplan.report.charts.resource_use import resource_use as resource_use
from groundplan.report.charts.risk_matrix import risk_matrix as risk_matrix
from groundplan.report.charts.spread import finish_spread as finish_spread
from groundplan.report.compose import Known as Known
from groundplan.report.compose import report_on as report_on
from groundplan.report.markdown import as_markdown as as_markdown
from groundplan.report.page import as_html as as_html
from groundplan.report.report import Report as Report
