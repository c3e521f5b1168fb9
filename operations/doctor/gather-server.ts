import { embedsAlone } from "../../config/purposes.ts";
import { serverUrl } from "../../engine/server-url.ts";
import { ask } from "../../offline/preflight/ask.ts";
import { OllamaClient, type LoadedModel } from "../../ollama/client.ts";
import { tokensPerSecond, type ModelReadiness } from "../../ollama/gate.ts";
import type { StackOutputs } from "../../runner/outputs.ts";
import { reasonOf } from "../../support/failure.ts";
import { withHeartbeat } from "../../support/progress.ts";
import { wrongInEmbedding, wrongInText } from "../../watcher/judge-text.ts";
import { changedBlobs } from "../drift/blobs.ts";
import { isBad, type ContainerNow, type GenerationEvidence, type ServerEvidence } from "./evidence.ts";

/** Tokens of a small question's answer. */
const fewTokens = 8;

/** A short answer that says nothing of its own, milliseconds. */
const patience = 10_000;

/** What a look at the server needs. */
export interface ServerQuestion {
  readonly outputs: StackOutputs;
  readonly container: ContainerNow;
  /** Seconds that a small generation may take. */
  readonly timeout: number;
  /** Minutes of the log that are looked at. */
  readonly minutes: number;
  /** Whether the models' files are compared also where all of them answer. */
  readonly files: boolean;
}

/** Asks the server what it is, what it has in memory, and each model a small question. */
export async function gatherServer(question: ServerQuestion): Promise<ServerEvidence> {
  const { outputs, container, minutes, files } = question;
  const { requireGpu, models } = outputs.readiness;
  const known = { requireGpu, loads: await loadsOf(container.id, minutes), gpuFailure: await gpuFailureOf(container) };
  const client = new OllamaClient(await serverUrl({ ...outputs.readiness, container: container.id }));
  try {
    const version = await client.version(AbortSignal.timeout(patience));
    const before = await client.ps(AbortSignal.timeout(patience));
    const generations: GenerationEvidence[] = [];
    // One after another: two that do not fit together would push each other out.
    for (const model of models)
      generations.push(await generate(client, model, isLoaded(before, model), question.timeout));
    const damagedBlobs = files || generations.some(isBad) ? await damagedIn(container.id) : [];
    const after = await client.ps(AbortSignal.timeout(patience)).catch(() => before);
    return { ...known, version, loaded: after.map(loadedEvidence), generations, damagedBlobs };
  } catch (error) {
    return { ...known, version: undefined, failure: reasonOf(error), loaded: [], generations: [], damagedBlobs: [] };
  }
}

/** Reads all of the store, which takes long with a large model. */
async function damagedIn(container: string): Promise<readonly string[]> {
  const found = await withHeartbeat("Comparing the models' files with their digests", changedBlobs(container));
  return (found ?? []).map(({ key }) => key);
}

function isLoaded(loaded: readonly LoadedModel[], { model }: ModelReadiness): boolean {
  return loaded.some(({ name }) => name === model);
}

function loadedEvidence({ name, size, size_vram: vram, context_length: context }: LoadedModel) {
  return { name, size, vram, context };
}

async function generate(
  client: OllamaClient,
  model: ModelReadiness,
  wasLoaded: boolean,
  timeout: number,
): Promise<GenerationEvidence> {
  const signal = AbortSignal.timeout(timeout * 1000);
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const embeds = embedsAlone(model.for);
  const path = embeds ? "/api/embed" : "/api/generate";
  const about = { model: model.model, path, wasLoaded, minTokensPerSecond: model.minTokensPerSecond };
  try {
    const { wrong, tokensPerSecond: rate } = await (embeds
      ? vector(client, model, signal)
      : answer(client, model, signal));
    const answered = { ...about, seconds: seconds(), tokensPerSecond: rate };
    return wrong === undefined ? { ...answered, result: "answered" } : { ...answered, result: "wrong", failure: wrong };
  } catch (error) {
    const unanswered = { ...about, seconds: seconds(), tokensPerSecond: undefined };
    return signal.aborted
      ? { ...unanswered, result: "late" }
      : { ...unanswered, result: "failed", failure: reasonOf(error) };
  }
}

/** What is wrong with what a model made, and how fast it was. */
interface Made {
  readonly wrong: string | undefined;
  readonly tokensPerSecond: number | undefined;
}

async function answer(client: OllamaClient, { model, prompt }: ModelReadiness, signal: AbortSignal): Promise<Made> {
  const made = await client.generate(model, prompt, fewTokens, signal);
  const wrong = wrongInText(made.response + (made.thinking ?? ""), made.eval_count ?? 0);
  return { wrong, tokensPerSecond: wrong === undefined ? rateOf(made) : undefined };
}

async function vector(client: OllamaClient, { model, prompt }: ModelReadiness, signal: AbortSignal): Promise<Made> {
  const [numbers = []] = await client.embed(model, prompt, signal);
  return { wrong: wrongInEmbedding(numbers), tokensPerSecond: undefined };
}

/** The first token of an answer is none of its time, and one alone tells no rate. */
function rateOf(answer: Parameters<typeof tokensPerSecond>[0]): number | undefined {
  return (answer.eval_count ?? 0) < 2 ? undefined : tokensPerSecond(answer);
}

async function gpuFailureOf({ id, hasGpus }: ContainerNow): Promise<string | undefined> {
  if (!hasGpus) return undefined;
  return (await ask("docker", "exec", id, "nvidia-smi", "-L")).failure ?? undefined;
}

/** Counts lines alone: others may hold prompts. */
async function loadsOf(id: string, minutes: number): Promise<number> {
  const { text } = await ask("sh", "-c", 'docker logs --since "$1" "$2" 2>&1', "sh", `${minutes}m`, id);
  return loadsIn(text);
}

/** How many runners a server's log tells of. */
export function loadsIn(log: string): number {
  return [...log.matchAll(/msg="starting (?:llama-server|(?:ollama )?runner|llama server)"/g)].length;
}
