import { formatBytes } from "../../support/units.ts";
import { failuresOf } from "./load-figures.ts";
import type { LoadStep } from "./load-run.ts";
import { mid, rate, seconds, stepsWith, type Advice, type Measured } from "./measured.ts";
import { slotsAdvice } from "./slots-advice.ts";

/** Fewer answers than that make p95 and p99 mere chance. */
export const fewAnswers = 30;

/** What the figures of a run say about the configuration; the first is what the server takes as it is. */
export function adviceOf(run: Measured): readonly Advice[] {
  if (run.steps.length === 0) return [];
  return [
    ...capacity(run),
    ...slotsAdvice(run),
    ...ownLimit(run),
    ...threads(run),
    ...speed(run),
    ...prompts(run),
    ...gpu(run),
    ...context(run),
    ...failures(run),
    ...validity(run),
  ];
}

const kinds = ["short", "long"] as const;

function capacity(run: Measured): Advice[] {
  const { sloFirstToken, sloTokens } = run.method;
  const wanted = `a first token within ${sloFirstToken} s for 95 of 100 and ${sloTokens} tokens/s for half`;
  return kinds.flatMap((kind) => {
    const steps = stepsWith(run, kind);
    if (steps.length === 0) return [];
    const good = steps.filter((step) => isFast(step, run));
    const most = good.at(-1);
    const first = most === undefined ? steps[0] : steps[steps.indexOf(most) + 1];
    const next =
      first === undefined
        ? "more were not tried"
        : `with ${first.clients} it is ${seconds(first.firstToken?.p95.value)} and ${rate(first.tokensPerSecond?.p50.value)}`;
    const change =
      most === undefined
        ? `Not even ${steps[0]?.clients} at a time get what was asked for with ${kind} prompts`
        : `Up to ${most.clients} at a time get what was asked for with ${kind} prompts`;
    return [{ key: "clients", change, because: `${wanted}: ${next}` }];
  });
}

function isFast({ firstToken, tokensPerSecond, answers }: LoadStep, { method }: Measured): boolean {
  if (answers === 0) return false;
  return (
    (firstToken?.p95.value ?? Infinity) <= method.sloFirstToken &&
    (tokensPerSecond?.p50.value ?? Infinity) >= method.sloTokens
  );
}

function ownLimit({ config: { maxParallel, numParallel }, client }: Measured): Advice[] {
  if (maxParallel === null || maxParallel >= numParallel) return [];
  return [
    {
      key: "gateway.clients",
      change: `Raise maxParallel of ${client}, or measure as another client, to see all that the server can do`,
      because: `the gateway lets on ${maxParallel} of its requests at a time, and the server has ${numParallel} slots`,
    },
  ];
}

function threads({ config: { threads: count, cpus, gpus }, host }: Measured): Advice[] {
  if (gpus || count === null || host.cpus === null) return [];
  const usable = cpus === 0 ? host.cpus : Math.max(1, Math.floor(Math.min(cpus, host.cpus)));
  if (count === usable) return [];
  const change = `${count > usable ? "Lower" : "Raise"} it from ${count} to ${usable}, and measure again`;
  const limit = cpus === 0 ? "no limit" : `a limit of ${cpus}`;
  return [{ key: "ollama.threads", change, because: `the host has ${host.cpus} CPUs, and the server ${limit}` }];
}

/** Whether one answer alone is too slow, which no setting for many mends. */
function speed(run: Measured): Advice[] {
  const { config, host, method } = run;
  const alone = run.steps.find(({ clients }) => clients === 1);
  const value = mid(alone?.tokensPerSecond ?? null);
  if (value === undefined || value >= method.sloTokens) return [];
  const because = `one client alone has ${rate(value)}, and ${method.sloTokens} are asked for`;
  const free = config.cpus > 0 && host.cpus !== null && host.cpus > config.cpus;
  if (!config.gpus && free)
    return [{ key: "cpus", change: `Raise it from ${config.cpus}; the host has ${host.cpus}`, because }];
  const change = config.gpus ? "Choose a smaller model, or one in fewer bits" : "Use a GPU, or a smaller model";
  return [{ key: config.gpus ? "models" : "gpus", change, because }];
}

/** Whether reading the prompt is what takes long. */
function prompts(run: Measured): Advice[] {
  const alone = run.steps.findLast(({ clients }) => clients === 1);
  const [reading, first] = [mid(alone?.promptSeconds ?? null), mid(alone?.firstToken ?? null)];
  if (alone === undefined || reading === undefined || first === undefined) return [];
  if (first <= run.method.sloFirstToken || reading < first * 0.8) return [];
  const change = run.config.gpus
    ? "Send shorter prompts, or such as begin alike"
    : "Use a GPU, or send shorter prompts, or such as begin alike";
  const because = `one client alone waits ${seconds(first)} for the first token, and ${seconds(reading)} of that the server reads ${alone.promptTokens.toFixed(0)} tokens of prompt`;
  return [{ key: run.config.gpus ? "prompts" : "gpus", change, because }];
}

function gpu({ config, loaded }: Measured): Advice[] {
  if (!config.gpus || loaded === null || loaded.gpuBytes >= loaded.bytes) return [];
  const share = Math.round((loaded.gpuBytes / loaded.bytes) * 100);
  const change =
    "Lower ollama.contextLength or ollama.numParallel, write kvCacheType q8_0, or use a GPU with more memory";
  return [
    {
      key: "gpus",
      change,
      because: `${share} % of ${formatBytes(loaded.bytes)} lie on the GPU, and the CPU does the rest`,
    },
  ];
}

function context({ config, loaded, steps, method }: Measured): Advice[] {
  const given = loaded?.contextLength ?? config.contextLength;
  const longest = Math.max(...steps.map(({ promptTokens, answerTokens }) => promptTokens + answerTokens));
  if (longest < given - 1) return [];
  const change = `Raise it from ${given}, or keep prompts and answers shorter`;
  const because = `prompt and answer took ${Math.round(longest)} tokens with --answer-tokens ${method.answerTokens}, and longer ones are cut`;
  return [{ key: "ollama.contextLength", change, because }];
}

function failures(run: Measured): Advice[] {
  const failed = run.steps.filter((step) => failuresOf(step) > 0);
  const [first] = failed;
  if (first === undefined) return [];
  const reasons = Object.entries(first.failures).map(([reason, count]) => `${reason} ${count} times`);
  const full = "status 429" in first.failures;
  const change = full
    ? "Have the client send fewer requests at once, or raise its maxQueue"
    : "Look at the logs of the gateway and the server of that time";
  return [
    {
      key: full ? "gateway.maxQueue" : "failures",
      change,
      because: `with ${first.clients} clients: ${reasons.join(", ")}`,
    },
  ];
}

/** What takes weight from the figures themselves. */
function validity({ steps, method }: Measured): Advice[] {
  const few = steps.filter(({ answers }) => answers < fewAnswers);
  const cached = method.sharedPrefix ? undefined : steps.find(({ cachedShare }) => (cachedShare ?? 0) > 0.5);
  const early = steps.find(({ answers, answerTokens }) => answers > 0 && answerTokens < method.answerTokens * 0.5);
  return [
    ...(few.length === 0
      ? []
      : [
          {
            key: "--seconds",
            change: `Raise it from ${method.seconds} before you trust p95 and p99`,
            because: `${few.length} of ${steps.length} steps have fewer than ${fewAnswers} answers`,
          },
        ]),
    ...(cached === undefined
      ? []
      : [
          {
            key: "--prompt",
            change: "Take the times to the first token for better than they are",
            because: `the prompt cache had ${Math.round((cached.cachedShare ?? 0) * 100)} % of the prompts although they begin differently`,
          },
        ]),
    ...(early === undefined
      ? []
      : [
          {
            key: "--answer-tokens",
            change: "Compare this run with none of another model",
            because: `answers ended after ${early.answerTokens.toFixed(0)} tokens of ${method.answerTokens}`,
          },
        ]),
    ...(steps.some(({ others }) => others)
      ? [{ key: "--force", change: "Measure again while nobody else asks", because: "others asked meanwhile" }]
      : []),
  ];
}
