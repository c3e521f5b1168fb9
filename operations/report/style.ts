/** The page's looks: light or dark as its reader has it, and black on white in print. */
export const style = `
:root { color-scheme: light dark; --ink: #1c2024; --soft: #5b6470; --paper: #fff; --card: #f6f7f9; --line: #d8dce2; --bad: #b3261e; --warn: #8a5a00; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8eb; --soft: #a3acb8; --paper: #14171a; --card: #1d2125; --line: #363c44; --bad: #ff8a80; --warn: #ffc46b; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 84rem; padding: 1.5rem; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, "Noto Sans CJK KR", "Noto Sans KR", "Malgun Gothic", "Apple SD Gothic Neo", sans-serif; word-break: keep-all; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: 0 0 .75rem; }
h2 { font-size: 1.25rem; margin: 2.25rem 0 .75rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.25rem 0 .5rem; }
p { margin: .25rem 0 .5rem; }
a { color: inherit; }
.soft, figcaption, td small { color: var(--soft); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.25rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin-top: 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); }
.alerts { table-layout: fixed; }
.alerts th { width: 17%; }
.alerts th:first-child { width: 27%; }
.alerts th:nth-child(2) { width: 11%; }
.alerts th:last-child { width: 28%; }
@media screen and (max-width: 48rem) { .alerts { display: block; overflow-x: auto; white-space: nowrap; } }
td.figure { font-variant-numeric: tabular-nums; font-weight: 600; white-space: nowrap; }
td small { display: block; font-size: .85em; }
.page { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 36rem), 1fr)); gap: 1rem; }
figure { margin: 0; padding: .5rem .75rem .75rem; background: var(--card); border: 1px solid var(--line); border-radius: 6px; overflow-x: auto; }
figure svg { display: block; width: 100%; min-width: 28rem; height: auto; }
figure h3 { margin: .35rem 0; }
figcaption { font-size: .85em; padding: 0 .25rem; }
.none { padding: 1rem .25rem; }
.critical { color: var(--bad); font-weight: 600; }
.warning { color: var(--warn); font-weight: 600; }
pre { margin: .5rem 0; padding: .5rem .75rem; background: var(--card); border: 1px solid var(--line); border-radius: 6px; overflow-x: auto; white-space: pre-wrap; }
code { font: .92em ui-monospace, monospace; }
h4 { font-size: .95rem; margin: .75rem 0 .25rem; }
li { margin: .15rem 0; }
footer { margin-top: 2.5rem; padding-top: .75rem; border-top: 1px solid var(--line); font-size: .85em; color: var(--soft); }
@media print {
  :root { color-scheme: light; --ink: #000; --soft: #444; --paper: #fff; --card: #fff; --line: #bbb; --bad: #8c1d18; --warn: #6b4600; }
  html { font-size: 11px; }
  body { padding: 0; max-width: none; font-size: 1rem; }
  nav { display: none; }
  .page { grid-template-columns: 1fr 1fr; gap: .5rem; }
  figure { break-inside: avoid; overflow: visible; }
  figure svg { min-width: 0; }
  h2 { break-after: avoid; }
  tr { break-inside: avoid; }
}
`;
