import { Failure } from "../../support/failure.ts";
import { say, Waiting } from "../../support/progress.ts";
import { formatSeconds } from "../../support/units.ts";
import { closedLoop } from "./closed-loop.ts";
import type { LoadPlan } from "./load-options.ts";
import { sample, type LoadQuestion, type Sample } from "./load-request.ts";
import type { LoadStep } from "./load-run.ts";
import { stepOf } from "./load-step.ts";
import type { LookForOthers, OwnRequests } from "./other-requests.ts";
import { planOf, promptOf, type PromptKind, type PromptPlan } from "./prompt.ts";
import type { Service } from "./service.ts";

/** All that a run needs. */
export interface LoadWork {
  readonly service: Service;
  readonly question: LoadQuestion;
  readonly plan: LoadPlan;
  readonly contextLength: number;
  readonly sharedPrefix: boolean;
  readonly own: OwnRequests;
  readonly lookForOthers: LookForOthers;
  /** Whether to go on beside others. */
  readonly force: boolean;
}

/** What came of a run. */
export interface Measurement {
  readonly steps: readonly LoadStep[];
  /** Why the rest is missing; null where nothing is. */
  readonly cut: string | null;
}

/** How often it is looked whether others ask, milliseconds. */
const lookInterval = 5_000;

/** Others ask, so that a run stops for them. */
class OthersAsk extends Failure {}

/**
 * Takes the steps of a run; one that others cut short is left out, and so are those after it.
 * @throws Failure when the model does not answer at all
 */
export async function measureLoad(work: LoadWork, stop: AbortSignal): Promise<Measurement> {
  const { plan } = work;
  const count = plan.prompts.length * plan.steps.length;
  const all = formatSeconds(count * plan.seconds);
  say(
    `${count} ${count === 1 ? "step" : "steps"} of ${formatSeconds(plan.seconds)} with ${work.question.model}: ${all}, and what the last answers take`,
  );
  using waiting = new Waiting();
  const steps: LoadStep[] = [];
  try {
    for (const kind of plan.prompts) {
      const prompts = planOf(kind, { ...work, answerTokens: plan.answerTokens });
      waiting.for(`Warming up with a ${kind} prompt`);
      await warmUp(work, prompts, stop);
      for (const clients of plan.steps) {
        const label = `Step ${steps.length + 1} of ${count}, ${kind} prompts, ${clients} ${clients === 1 ? "client" : "clients"}`;
        steps.push(await step(work, { kind, prompts, clients }, { stop, waiting, label }));
      }
    }
  } catch (error) {
    if (!(error instanceof OthersAsk)) throw error;
    return { steps, cut: error.message };
  }
  return { steps, cut: null };
}

async function warmUp(work: LoadWork, prompts: PromptPlan, stop: AbortSignal): Promise<void> {
  const { service, question } = work;
  const { failure } = await ask(work, prompts, stop);
  if (failure !== undefined)
    throw new Failure(`${question.model} does not answer at ${service.url}${question.path}: ${failure}`);
}

/** Sends one request, and counts it as one of the run's own. */
async function ask({ service, question, own }: LoadWork, prompts: PromptPlan, signal: AbortSignal): Promise<Sample> {
  own.underWay += 1;
  try {
    return await sample(service, question, promptOf(prompts, Math.random), signal);
  } finally {
    own.underWay -= 1;
    own.ended += 1;
  }
}

interface StepPlan {
  readonly kind: PromptKind;
  readonly prompts: PromptPlan;
  readonly clients: number;
}

interface Surroundings {
  readonly stop: AbortSignal;
  readonly waiting: Waiting;
  readonly label: string;
}

async function step(work: LoadWork, planned: StepPlan, { stop, waiting, label }: Surroundings): Promise<LoadStep> {
  const { seconds, slo } = work.plan;
  const { kind, prompts, clients } = planned;
  const others = new Watch(work);
  const signal = AbortSignal.any([stop, others.signal]);
  let done = 0;
  waiting.for(label);
  const next = async () => {
    const seen = await ask(work, prompts, signal);
    done += 1;
    waiting.for(`${label}, ${done} answered`);
    return seen;
  };
  try {
    const loop = await closedLoop({ clients, seconds }, next, signal);
    return stepOf({ clients }, kind, loop, { slo, others: others.seen });
  } finally {
    others.end();
  }
}

/** Looks now and then during a step whether others ask. */
class Watch {
  readonly #work: LoadWork;
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #seen = false;

  constructor(work: LoadWork) {
    this.#work = work;
    this.#timer = setInterval(() => void this.#look(), lookInterval);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get seen(): boolean {
    return this.#seen;
  }

  end(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const others = await this.#work.lookForOthers();
    if (others === undefined) return;
    if (!this.#seen && this.#work.force) say(`Others ask meanwhile (${others}), and the step goes on`);
    this.#seen = true;
    if (!this.#work.force) this.#controller.abort(new OthersAsk(`others came to ask (${others})`));
  }
}
