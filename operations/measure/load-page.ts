import { Html, markup } from "../report/html.ts";
import { style } from "../report/style.ts";
import { formatBytes } from "../../support/units.ts";
import { loadPlots } from "./load-plots.ts";
import type { LoadRun, LoadStep } from "./load-run.ts";
import { stepRows, tableTitle } from "./load-text.ts";

/** Nothing is loaded from anywhere, and no script runs. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const own = `
.steps th, .steps td { text-align: right; font-weight: normal; font-variant-numeric: tabular-nums; padding: .15rem 1rem .15rem 0; }
.steps thead th { font-weight: 600; }
`;

/** Writes a run as one page that needs nothing else. */
export function loadPage(run: LoadRun): string {
  const title = `Load: ${run.stack}, ${run.model}`;
  const kinds = [...new Set(run.steps.map(({ prompt }) => prompt))];
  return markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${Html.trusted(policy)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${Html.trusted(style)}
          ${Html.trusted(own)}
        </style>
      </head>
      <body>
        <h1>${title}</h1>
        <dl>
          ${facts(run).map(
            ([name, value]) =>
              markup`<dt>${name}</dt>
                <dd>${value}</dd> `,
          )}
        </dl>
        <h2>What to change</h2>
        <table>
          ${run.advice.map(
            ({ key, change, because }) =>
              markup`<tr>
                <th scope="row">${key}</th>
                <td>${change}<small>${because}</small></td>
              </tr> `,
          )}
        </table>
        <h2>Figures</h2>
        <div class="page">${kinds.map((kind) => table(run, kind))}</div>
        <div class="page">${loadPlots(run)
          .flat()
          .map((plot) => markup`<figure>${Html.trusted(plot)}</figure> `)}</div>
      </body>
    </html> `.toString();
}

function facts(run: LoadRun): readonly (readonly [string, string])[] {
  const { version, host, config, method, loaded } = run;
  const memory = (bytes: number | null) => (bytes === null ? "unknown" : formatBytes(bytes));
  return [
    ["Began", run.began],
    ["Client", run.client ?? "none: there is no gateway"],
    ["Versions", `program ${version.program}, Ollama ${version.ollama}, ${version.image}`],
    ["Host", `${host.name}, ${host.cpus ?? "unknown"} CPUs, ${memory(host.memoryBytes)}`],
    [
      "Configuration",
      `numParallel ${config.numParallel}, contextLength ${config.contextLength}, threads ${config.threads ?? "Ollama's choice"}, ` +
        `kvCacheType ${config.kvCacheType}, cpus ${config.cpus === 0 ? "no limit" : config.cpus}, ` +
        `memory ${config.memoryBytes === null ? "no limit" : memory(config.memoryBytes)}, GPUs ${config.gpus ? "yes" : "none"}`,
    ],
    ["In memory", loaded === null ? "unknown" : `${memory(loaded.bytes)}, on GPUs ${memory(loaded.gpuBytes)}`],
    [
      "Method",
      `${method.seconds} s a step, answers of ${method.answerTokens} tokens, temperature 0, ` +
        `prompts that begin ${method.sharedPrefix ? "alike" : "differently"}; fast enough: a first token within ${method.sloFirstToken} s ` +
        `and ${method.sloTokens} tokens/s`,
    ],
    ...(run.cut === null ? [] : [["Cut short", run.cut] as const]),
  ];
}

function table(run: LoadRun, kind: LoadStep["prompt"]): Html {
  const [heads = [], ...rows] = stepRows(run.steps.filter(({ prompt }) => prompt === kind));
  return markup`<section>
    <h3>${tableTitle(run, kind)}</h3>
    <table class="steps">
      <thead>
        <tr>
          ${heads.map((head) => markup`<th scope="col">${head}</th> `)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([name, ...cells]) =>
            markup`<tr>
              <th scope="row">${name}</th>
              ${cells.map((cell) => markup`<td>${cell}</td> `)}
            </tr> `,
        )}
      </tbody>
    </table>
  </section> `;
}
