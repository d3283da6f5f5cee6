"""How the page looks: on a screen, light and dark, wide and narrow, and on paper."""

from __future__ import annotations

from groundplan.report.charts.style import DARK, LIGHT, SHARED_RULES

PAGE_STYLE = f"""
:root{{color-scheme:light dark;{LIGHT}}}
@media(prefers-color-scheme:dark){{:root{{{DARK}}}}}
@media print{{:root{{color-scheme:light;{LIGHT}}}}}
*{{box-sizing:border-box}}
body{{margin:0;background:var(--paper);color:var(--ink);
font:15px/1.5 system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Noto Sans",sans-serif}}
main,header,footer{{max-width:1200px;margin:0 auto;padding:0 24px}}
header{{padding-top:28px}}
h1{{font-size:24px;line-height:1.3;margin:0 0 4px;overflow-wrap:anywhere}}
h2{{font-size:19px;margin:40px 0 12px;padding-top:12px;border-top:1px solid var(--line)}}
.sub{{color:var(--soft);margin:0 0 16px;overflow-wrap:anywhere}}
nav{{display:flex;flex-wrap:wrap;gap:4px 18px;padding:8px 0 0}}
a{{color:var(--running)}}
a:focus-visible,summary:focus-visible,.scroll:focus-visible{{outline:3px solid var(--running);outline-offset:2px}}
.facts{{display:grid;grid-template-columns:repeat(auto-fill,minmax(165px,1fr));gap:12px;margin:16px 0;padding:0}}
.fact{{border:1px solid var(--line);border-left:4px solid var(--plan-edge);
border-radius:6px;padding:10px 12px;margin:0}}
.fact.bad{{border-left-color:var(--failed)}}
.fact dt{{color:var(--soft);font-size:13px}}
.fact dd{{margin:0}}
.fact .value{{font-size:19px;font-weight:600;overflow-wrap:anywhere}}
.fact .note{{color:var(--soft);font-size:13px}}
.bar{{height:8px;border-radius:4px;background:var(--line);margin:4px 0;overflow:hidden}}
.bar span{{display:block;height:100%;background:var(--done)}}
.waits{{border:2px solid var(--failed);border-radius:6px;padding:4px 16px;margin:16px 0}}
.waits code{{overflow-wrap:anywhere}}
figure{{margin:0 0 12px}}
.scroll{{overflow-x:auto}}
.chart{{display:block;max-width:100%;height:auto;min-width:860px}}
.matrix .chart{{min-width:560px}}
.note{{color:var(--soft)}}
details{{margin:12px 0}}
summary{{cursor:pointer;font-weight:600;padding:4px 0}}
table{{border-collapse:collapse;width:100%;font-size:14px}}
th,td{{text-align:left;vertical-align:top;padding:5px 10px 5px 0;border-bottom:1px solid var(--line);
overflow-wrap:break-word;min-width:3em}}
th{{color:var(--soft);font-weight:600;white-space:nowrap;overflow-wrap:normal}}
.right{{text-align:right;padding-right:22px;white-space:nowrap;font-variant-numeric:tabular-nums}}
footer{{color:var(--soft);font-size:13px;padding:32px 24px}}
{SHARED_RULES}
@media print{{body{{font-size:11px}}h1{{font-size:18px}}table{{font-size:9px}}.right{{padding-right:8px}}
.fact .value{{font-size:15px}}nav{{display:none}}summary{{list-style:none}}figure,tr,.fact{{break-inside:avoid}}
h2{{break-after:avoid}}
details::details-content{{content-visibility:visible;display:block}}.chart{{min-width:0!important}}
.scroll{{overflow:visible}}
main,header,footer{{max-width:none;padding:0}}*{{print-color-adjust:exact;-webkit-print-color-adjust:exact}}}}
"""
"""Rules without `<`: they stand in the page as they are."""
