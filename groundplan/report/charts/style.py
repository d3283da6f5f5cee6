"""How charts look, in light and dark. The hues are those of Okabe and Ito (2008), which colour-blind people can tell
apart; nothing is told by colour alone."""

from __future__ import annotations

LIGHT = (
    "--ink:#1b1f24;--soft:#57606a;--line:#d8dee4;--band:#f5f7f9;--paper:#ffffff;--plan:#8db6dd;--plan-edge:#31689f;"
    "--critical:#e8823a;--critical-edge:#9a4400;--done:#00795a;--running:#0068a8;--failed:#b3261e;--other:#6e7781;"
    "--late:#b3261e;--earned:#00795a;--actual:#b35000;"
    "--risk0:#e3f1ea;--risk1:#f6eec7;--risk2:#f7d3a8;--risk3:#eeb0a5"
)
DARK = (
    "--ink:#e6edf3;--soft:#9da7b3;--line:#30363d;--band:#161b22;--paper:#0d1117;--plan:#2f6299;--plan-edge:#7fb5ea;"
    "--critical:#a8520f;--critical-edge:#ffa366;--done:#3fc49b;--running:#58b2f0;--failed:#ff8078;--other:#8b949e;"
    "--late:#ff8078;--earned:#3fc49b;--actual:#ffa366;"
    "--risk0:#14382c;--risk1:#4a421a;--risk2:#5f3a12;--risk3:#6b261f"
)
_RULES = """
.chart{font:12px system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Noto Sans",sans-serif;fill:var(--ink)}
.chart .paper{fill:var(--paper)}
.chart .soft{fill:var(--soft)}
.chart .small{font-size:11px}
.chart .strong{font-weight:600}
.chart .end{text-anchor:end}
.chart .mid{text-anchor:middle}
.chart .halo{paint-order:stroke;stroke:var(--paper);stroke-width:4}
.chart .band{fill:var(--band)}
.chart .grid{stroke:var(--line);stroke-width:1;fill:none}
.chart .plan{fill:var(--plan);stroke:var(--plan-edge)}
.chart .critical{fill:var(--critical);stroke:var(--critical-edge);stroke-width:1.5}
.chart .slack{stroke:var(--plan-edge);stroke-width:1.5;fill:none;stroke-dasharray:2 2}
.chart .phase{fill:var(--soft)}
.chart .buffer{fill:none;stroke:var(--soft);stroke-width:1.5;stroke-dasharray:4 3}
.chart .milestone{fill:var(--ink)}
.chart .completed{fill:var(--done)}
.chart .executing{fill:var(--running)}
.chart .failed{fill:var(--failed)}
.chart .other{fill:var(--other)}
.chart .deadline{stroke:var(--late);stroke-width:2;stroke-dasharray:7 4;fill:none}
.chart .late{fill:var(--late)}
.chart .now{stroke:var(--ink);stroke-width:1.5;stroke-dasharray:1 3;fill:none}
.chart .box{fill:var(--paper);stroke:var(--plan-edge)}
.chart .criticalbox{fill:var(--paper);stroke:var(--critical-edge);stroke-width:2.5}
.chart .edge{stroke:var(--other);stroke-width:1.2;fill:none}
.chart .criticaledge{stroke:var(--critical-edge);stroke-width:2.2;fill:none}
.chart .tip{fill:var(--other)}
.chart .criticaltip{fill:var(--critical-edge)}
.chart .pv{stroke:var(--plan-edge);stroke-width:2.5;stroke-dasharray:7 4;fill:none}
.chart .ev{stroke:var(--earned);stroke-width:2.5;fill:none}
.chart .ac{stroke:var(--actual);stroke-width:2.5;stroke-dasharray:2 3;fill:none}
.chart .pvtext{fill:var(--plan-edge)}
.chart .evtext{fill:var(--earned)}
.chart .actext{fill:var(--actual)}
.chart .limit{stroke:var(--soft);stroke-width:1.5;stroke-dasharray:2 4;fill:none}
.chart .use{fill:var(--plan);stroke:var(--plan-edge)}
.chart .risk0{fill:var(--risk0)}
.chart .risk1{fill:var(--risk1)}
.chart .risk2{fill:var(--risk2)}
.chart .risk3{fill:var(--risk3)}
.chart .cell{stroke:var(--paper);stroke-width:2}
"""

SHARED_RULES = _RULES.strip()
CHART_STYLE = f":root{{{LIGHT}}}\n@media(prefers-color-scheme:dark){{:root{{{DARK}}}}}\n{SHARED_RULES}"
"""For a drawing by itself. It has neither `<` nor `>` nor `&`: it means the same in HTML and in XML."""
