/** The style sheet of a report, light and dark. */
export const REPORT_STYLE = `
:root { color-scheme: light dark; --ink: #1f2328; --soft: #57606a; --line: #d8dee4; --page: #f6f8fa; --card: #fff; --note: #fff3d6; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --soft: #8b949e; --line: #30363d; --page: #0d1117; --card: #161b22; --note: #3a2f12; }
}
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1040px; margin: 0 auto; padding: 32px 20px; }
h1 { font-size: 22px; line-height: 1.3; margin: 0 0 6px; }
h2 { font-size: 16px; margin: 0 0 2px; }
p { margin: 0 0 10px; color: var(--soft); }
.program { font-weight: 600; letter-spacing: .04em; margin: 0; }
.note { background: var(--note); color: var(--ink); border-radius: 8px; padding: 10px 14px; }
.answer { color: var(--ink); font-size: 17px; font-weight: 600; }
section, .cards > div { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
section { padding: 16px 18px; margin: 16px 0; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 18px 0; }
.cards > div { padding: 12px 16px; }
.cards b { display: block; font-size: 22px; font-variant-numeric: tabular-nums; }
.cards span { color: var(--soft); font-size: 13px; }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { color: var(--soft); font-weight: 500; font-size: 13px; }
th, td { text-align: right; padding: 5px 10px; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
tbody tr:last-child td { border-bottom: 0; }
.words td:last-child, .words th:last-child { text-align: left; }
.verdicts td:nth-child(2) { text-align: left; min-width: 8em; }
.picture { width: 100%; }
.u-legend { color: var(--soft); font-size: 13px; }
.u-legend th, .u-legend td { border: 0; padding: 2px 4px; }
/* A line long enough to show the stroke, instead of uPlot's box. */
.u-legend .u-marker { width: 22px; height: 0; border-width: 2px 0 0 !important; border-radius: 0; }
.u-legend table, .picture table { width: auto; margin: 0 auto; }
@media (max-width: 600px) {
  main { padding: 16px 10px; }
  section { padding: 12px; }
  table { font-size: 13px; }
  th, td { padding: 5px 4px; }
}
footer { color: var(--soft); font-size: 13px; }
`;
