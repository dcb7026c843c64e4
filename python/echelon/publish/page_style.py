"""How a page of a report looks: one column, light or dark as the reader's system is.

Room: publish/. A constant.
Takes: nothing.
Gives: `PAGE`, the style sheet of the HTML report.
Source: Butterick, Practical Typography: 45 to 90 characters a line; CSS Color 5 for color-mix.
"""

from __future__ import annotations

PAGE = """\
:root{color-scheme:light dark;--page:#fff;--ink:#1c1e21;--soft:#575d66;--rule:#8a8f98;
--tint:#f5f6f8;--act:#b3261e;--look:#9a6700;--fine:#1a7f37}
@media (prefers-color-scheme:dark){:root{--page:#16181b;--ink:#e4e6ea;--soft:#a5abb5;
--rule:#7b818b;--tint:#202327;--act:#ff8a80;--look:#e3b341;--fine:#56d364}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);
font:17px/1.55 Charter,"Bitstream Charter","Source Serif 4",Georgia,serif}
main{max-width:46rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
h1,h2,h3,h4,.grid,figcaption,.subtitle,.remark,.fine,.notes{font-family:system-ui,"Segoe UI",
Roboto,"Liberation Sans",Arial,sans-serif}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 .4rem;overflow-wrap:anywhere}
.subtitle{color:var(--soft);margin:0 0 1.8rem;font-size:.95rem;overflow-wrap:anywhere}
h2{font-size:1.25rem;margin:2.6rem 0 .6rem;padding-top:.5rem;border-top:1px solid
color-mix(in srgb,var(--rule) 40%,transparent)}
h3{font-size:1.02rem;margin:1.6rem 0 .5rem}
h4{font-size:.95rem;margin:0 0 .3rem}
p{margin:.7rem 0;overflow-wrap:anywhere}
pre{background:var(--tint);padding:.7rem .9rem;border-radius:6px;overflow-x:auto;
white-space:pre-wrap;overflow-wrap:anywhere;
font:13.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;
margin:.9rem 0}
pre.equations{white-space:pre}
div.equations{overflow-x:auto;margin:1rem 0}
div.equations math{font-size:1.05rem}
.warning{border-left:4px solid var(--act);background:var(--tint);padding:.6rem .9rem;
border-radius:0 6px 6px 0}
.grid{overflow-x:auto;margin:1.7rem 0;font-size:.88rem}
.grid table,.grid .gt_table{font-size:inherit;line-height:1.35}
.grid caption{text-align:left;caption-side:top;padding:0 0 .45rem}
.number{display:block}.name{display:block;font-style:italic}
.grid th,.grid td{padding-left:.55rem;padding-right:.55rem;text-align:left;border-style:none}
.grid th:first-child{overflow-wrap:anywhere;min-width:9.2rem}
.grid td.gt_left:last-child{min-width:14rem}
.grid tbody th{font-weight:inherit}
.grid .gt_right{white-space:nowrap;font-variant-numeric:tabular-nums}
.grid .gt_group_heading{padding-top:.7rem;text-align:left;font-style:italic}
.grid .gt_sourcenote{color:var(--soft);padding:.35rem .55rem 0}
figure{margin:2rem 0}
figcaption{font-size:.88rem;margin-bottom:.5rem}
.chart{background:#fff;border-radius:6px;padding:.3rem .8rem;text-align:center}
.chart svg{max-width:100%;height:auto;overflow:visible}
.notes{color:var(--soft);font-size:.82rem;margin:.4rem 0}
.remark{border-left:4px solid var(--look);padding:.1rem 0 .1rem .9rem;margin:1.1rem 0;
font-size:.92rem}
.remark.act{border-color:var(--act)}
.remark p{margin:.35rem 0}
.fine{list-style:none;padding:0;font-size:.88rem}
.fine li{padding:.2rem 0 .2rem 1.3rem;text-indent:-1.3rem;overflow-wrap:anywhere}
.fine .notes{display:block;text-indent:0;margin:.1rem 0}
.fine li::before{content:"\\2713";color:var(--fine);display:inline-block;width:1.3rem;text-indent:0}
.listing{padding-left:1.2rem;font-size:.92rem}
.works{list-style:none;padding-left:0}.works li{padding-left:1.6rem;text-indent:-1.6rem}
.listing li{margin:.3rem 0;overflow-wrap:anywhere}
@media (max-width:40rem){body{font-size:16px}main{padding:1.4rem .9rem 3rem}}
@media print{:root{--page:#fff;--ink:#000;--soft:#444;--rule:#777;--tint:#f5f6f8}
body{font-size:10.5pt}main{max-width:none;padding:0}
h2,h3,h4,caption,figcaption{break-after:avoid}
figure,.grid,.remark,.fine li,.equations math{break-inside:avoid}
.grid{font-size:.76rem}.grid,.chart,pre{overflow:visible}}
"""
