/** The style of a report. No rule reaches for another file. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --paper: #fcfcfb; --card: #ffffff; --ink: #1b1d22; --soft: #5a606b; --line: #dfe1e6; --grid: #eceef1;
  --good: #17693a; --bad: #b3261e; --wash: #f3f4f6;
  --s0: #1d5fd1; --s1: #c2410c; --s2: #0f766e; --s3: #7c3aed; --s4: #b91c6b; --s5: #4d7c0f; --s6: #475569; --s7: #92600a;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #111317; --card: #181b20; --ink: #e7e9ed; --soft: #a2a9b5; --line: #30353d; --grid: #262a31;
    --good: #6fd195; --bad: #ff8f85; --wash: #20242a;
    --s0: #7db3ff; --s1: #ffab70; --s2: #5fd4c4; --s3: #c4a5ff; --s4: #ff9acb; --s5: #b3dd6b; --s6: #b6c2d4; --s7: #f2c94c;
  }
}
.s0 { --c: var(--s0) } .s1 { --c: var(--s1) } .s2 { --c: var(--s2) } .s3 { --c: var(--s3) }
.s4 { --c: var(--s4) } .s5 { --c: var(--s5) } .s6 { --c: var(--s6) } .s7 { --c: var(--s7) }
* { box-sizing: border-box }
html { -webkit-text-size-adjust: 100% }
body {
  margin: 0 auto; padding: 2.5rem 1.5rem 4rem; max-width: 72rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  overflow-wrap: anywhere;
}
h1 { margin: 0; font-size: 1.9rem; line-height: 1.2; letter-spacing: -.02em; font-weight: 680 }
h2 { margin: 3rem 0 1rem; font-size: 1.25rem; line-height: 1.3; letter-spacing: -.01em; font-weight: 650 }
h3 { margin: 0; font-size: 1rem; font-weight: 620 }
p { margin: .5rem 0 }
code, pre, .mono { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .86em }
.soft { color: var(--soft) }
.head { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem .9rem }
.status { padding: .1rem .7rem; border: 1px solid currentColor; border-radius: 1rem; font-size: .84rem; font-weight: 600 }
.finished { color: var(--good) } .failed, .crashed { color: var(--bad) } .running { color: var(--s0) }
.interrupted, .unknown { color: var(--s7) }
.command { margin: 1rem 0 0; padding: .65rem .9rem; background: var(--wash); border-radius: .5rem; white-space: pre-wrap }
.error { margin: 1.25rem 0 0; padding: .8rem 1rem; border: 1px solid var(--bad); border-left-width: .3rem; border-radius: .5rem }
.error strong { color: var(--bad) }
.figures { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 1px; margin: 1.75rem 0 0;
  background: var(--card); border: 1px solid var(--line); border-radius: .6rem; overflow: hidden }
.figures div { padding: .8rem 1rem; background: var(--card); outline: 1px solid var(--grid) }
.figures dt { color: var(--soft); font-size: .84rem }
.figures dd { margin: 0; font-size: 1.4rem; line-height: 1.35; font-weight: 620; font-variant-numeric: tabular-nums; letter-spacing: -.01em }
.figures small { display: block; color: var(--soft); font-size: .8rem; font-weight: 400; letter-spacing: 0 }
.charts { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1rem }
.charts > .wide { grid-column: 1 / -1 }
figure { margin: 0 }
.chart { min-width: 0; padding: 1rem 1rem .8rem; background: var(--card); border: 1px solid var(--line); border-radius: .6rem }
.chart .top { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; margin-bottom: .35rem }
.legend { display: flex; flex-wrap: wrap; gap: 0 1rem; margin: 0; padding: 0; list-style: none; font-size: .86rem }
.legend li::before { content: ""; display: inline-block; width: 1.1rem; margin-right: .4rem; border-top: .2rem solid var(--c); vertical-align: .25em }
.stage { position: relative; touch-action: pan-y; cursor: crosshair; border-radius: .3rem }
.stage:focus-visible { outline: 2px solid var(--s0); outline-offset: 2px }
.stage svg { display: block; width: 100%; height: auto; user-select: none }
.stage text { fill: var(--soft); font-size: 12px; font-variant-numeric: tabular-nums }
.stage path { fill: none; vector-effect: non-scaling-stroke }
.grid { stroke: var(--grid) } .axis, .tick { stroke: var(--soft); stroke-opacity: .6 }
.curve { stroke: var(--c); stroke-width: 1.6; stroke-linejoin: round; stroke-linecap: round }
.dots { stroke: var(--c); stroke-width: 6; stroke-linecap: round }
.bad { stroke: var(--bad); stroke-width: 2 }
.stage i { position: absolute; top: 4px; bottom: 40px; border-left: 1px solid var(--soft); pointer-events: none }
.stage b { position: absolute; top: 4px; bottom: 40px; background: var(--s0); opacity: .15; pointer-events: none }
.readout { min-height: 1.5em; margin: .2rem 0 0; color: var(--soft); font-size: .82rem; font-variant-numeric: tabular-nums }
.readout .value { margin-left: .8rem; color: var(--c); font-weight: 600 }
figcaption { margin-top: .3rem; color: var(--soft); font-size: .84rem }
button { padding: .1rem .6rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--wash); color: inherit; font: inherit; font-size: .84rem; cursor: pointer }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .6rem; background: var(--card) }
.scroll:focus-visible { outline: 2px solid var(--s0) }
table { width: 100%; border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums }
th, td { padding: .42rem .9rem; border-bottom: 1px solid var(--grid); text-align: left; vertical-align: top }
tr:last-child > * { border-bottom: 0 }
thead th { color: var(--soft); font-weight: 600; font-size: .84rem; white-space: nowrap; border-bottom-color: var(--line) }
tbody th { font-weight: 500 }
.stacked tbody th { min-width: 13rem }
.number { text-align: right; white-space: nowrap }
td.wide { min-width: 11rem }
.best { color: var(--good); font-weight: 620 }
.sample { margin: 0 0 1rem; padding: .8rem 1rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .6rem }
.sample pre { margin: .4rem 0 0; white-space: pre-wrap; unicode-bidi: plaintext; overflow-wrap: anywhere; line-height: 1.5 }
.prompt { font-weight: 700 }
details > summary { cursor: pointer; margin: .5rem 0 1rem; color: var(--soft) }
.part > summary { margin: 3rem 0 1rem; color: inherit }
.part > summary h2 { display: inline; margin: 0 }
footer { margin-top: 3.5rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .84rem }
@media (max-width: 46rem) {
  body { padding: 1.5rem 1rem 3rem }
  h1 { font-size: 1.5rem }
  h2 { margin-top: 2.25rem }
  .charts { grid-template-columns: minmax(0, 1fr) }
  .figures { grid-template-columns: 1fr 1fr }
  .figures dd { font-size: 1.2rem }
  .chart { padding: .8rem .7rem .6rem }
  .stacked thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden }
  .stacked tr { display: block; padding: .5rem 0; border-bottom: 1px solid var(--grid) }
  .stacked th, .stacked td { display: block; padding: .05rem .9rem; border: 0; min-width: 0 }
  .stacked tbody th { font-weight: 650; min-width: 0 }
  .stacked td + td { color: var(--soft); font-size: .84rem }
}
@media print {
  @page { size: A4; margin: 14mm }
  body { max-width: none; padding: 0; background: #fff; font-size: 10pt; -webkit-print-color-adjust: exact; print-color-adjust: exact }
  .chart, .sample, tr, .error, .figures { break-inside: avoid }
  h2, h3, thead { break-after: avoid }
  .readout, button, .stage i, .stage b { display: none }
  .scroll { overflow: visible }
  details::details-content { content-visibility: visible; block-size: auto; display: block }
}
`;
