import { stepFigures, type StepFigure } from "./load-figures.ts";
import type { LoadRun, LoadStep } from "./load-run.ts";

/** One figure of two runs. */
export interface ComparedFigure {
  readonly figure: StepFigure;
  readonly before: number;
  readonly now: number;
  /** Now by before; undefined by nothing. */
  readonly ratio: number | undefined;
  /** Whether they differ by more than a run differs from the next; undefined where that is not known. */
  readonly verdict: "better" | "worse" | "same" | undefined;
}

/** One step that both runs have. */
export interface ComparedStep {
  readonly prompt: LoadStep["prompt"];
  readonly clients: number;
  readonly figures: readonly ComparedFigure[];
}

/** Differences below it are nothing, whatever the spread within a run is: a machine differs as much from hour to hour. */
const least = 0.05;

/** Compares the steps that two runs have in common. */
export function compareRuns(before: Pick<LoadRun, "steps">, now: Pick<LoadRun, "steps">): readonly ComparedStep[] {
  return now.steps.flatMap((step) => {
    const other = before.steps.find(({ prompt, clients }) => prompt === step.prompt && clients === step.clients);
    if (other === undefined) return [];
    const figures = stepFigures.flatMap((figure) => compareFigure(figure, other, step) ?? []);
    return [{ prompt: step.prompt, clients: step.clients, figures }];
  });
}

function compareFigure(figure: StepFigure, one: LoadStep, other: LoadStep): ComparedFigure | undefined {
  const [before, now] = [figure.of(one), figure.of(other)];
  if (before === undefined || now === undefined) return undefined;
  const ratio = before.value === 0 ? undefined : now.value / before.value;
  const compared = { figure, before: before.value, now: now.value, ratio };
  if (before.low === null || before.high === null || now.low === null || now.high === null)
    return { ...compared, verdict: undefined };
  const apart = now.low > before.high || now.high < before.low;
  if (!apart || Math.abs((ratio ?? Infinity) - 1) < least) return { ...compared, verdict: "same" };
  return { ...compared, verdict: now.value < before.value === (figure.better === "less") ? "better" : "worse" };
}

/** What else differs between two runs, and may be why their figures do: `ollama.numParallel: 1, now 4`. */
export function changedBetween(before: LoadRun, now: LoadRun): readonly string[] {
  const facts = ({ model, client, version, host, config, method }: LoadRun) => ({
    model,
    client,
    Ollama: version.ollama,
    host: host.name,
    CPUs: host.cpus,
    ...config,
    ...method,
  });
  const [old, current] = [facts(before), facts(now)] as [Record<string, unknown>, Record<string, unknown>];
  return Object.keys(current).flatMap((name) =>
    old[name] === current[name] ? [] : [`${name}: ${String(old[name])}, now ${String(current[name])}`],
  );
}
