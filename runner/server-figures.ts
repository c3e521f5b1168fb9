import { docker, lastLogLines, tryDocker } from "../engine/docker.ts";
import { serverUrl, type ServerPlace } from "../engine/server-url.ts";
import { OllamaClient } from "../ollama/client.ts";
import { tokensPerSecond } from "../ollama/gate.ts";
import { interruptible } from "../support/interruptible.ts";
import { withHeartbeat } from "../support/progress.ts";

/** What was seen of a server; plain data. Undefined is unknown. */
export interface ServerFigures {
  /** The image as it was asked for, or its name in the engine. */
  readonly image: string;
  readonly version: string;
  /** Answers to {@link prompts}, in their order. */
  readonly answers: readonly string[];
  /** Median over the answers. */
  readonly tokensPerSecond: number;
  /** Memory of the container's processes, bytes. */
  readonly processMemory: number | undefined;
  /** Memory of the model as Ollama reckons it, bytes. */
  readonly modelMemory: number | undefined;
  /** From the start of the container until it has passed the gate, seconds. */
  readonly startSeconds: number | undefined;
  /** What loading the model took, seconds. */
  readonly loadSeconds: number | undefined;
}

/** Which server is looked at. */
export interface MeasuredServer extends ServerPlace {
  readonly image: string;
  readonly model: string;
  /** When it passed the gate, milliseconds since 1970. */
  readonly gatePassed?: number | undefined;
  /** Seconds that all may take. */
  readonly timeout: number;
}

/** What both servers are asked; the program's own words, never those of users. */
export const prompts = [
  "Name the capitals of France, Italy and Spain.",
  "Count from one to twenty in words.",
  "Explain in two sentences why the sky is blue.",
] as const;

const maxTokens = 48;
const seed = 1;
/** Lines of the log that the last loading of the model is looked for in. */
const logLines = 20_000;

/** Asks a server that is up the fixed prompts, and looks at what it takes; Ctrl-C ends it early. */
export async function measureServer(server: MeasuredServer): Promise<ServerFigures> {
  return withHeartbeat(
    `Comparing: asking ${server.image}`,
    interruptible((signal) => measured(server, AbortSignal.any([signal, AbortSignal.timeout(server.timeout * 1000)]))),
  );
}

async function measured(server: MeasuredServer, signal: AbortSignal): Promise<ServerFigures> {
  const { image, model, container, gatePassed } = server;
  const client = new OllamaClient(await serverUrl(server));
  const generations = [];
  for (const prompt of prompts) generations.push(await client.generate(model, prompt, maxTokens, signal, { seed }));
  const started = Date.parse(await docker("inspect", "--format", "{{.State.StartedAt}}", container));
  return {
    image,
    version: await client.version(signal),
    answers: generations.map(({ response }) => response),
    tokensPerSecond: median(generations.map(tokensPerSecond)),
    processMemory: await residentMemory(container),
    modelMemory: (await client.ps(signal)).find(({ name }) => name === model)?.size,
    startSeconds: gatePassed === undefined ? undefined : (gatePassed - started) / 1000,
    loadSeconds: loadTime(await lastLogLines(container, logLines)),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

/**
 * Memory of a container's processes, bytes.
 *
 * Its cgroup would not do: the pages of a model that two servers share count for the one that has read them first.
 */
async function residentMemory(container: string): Promise<number | undefined> {
  const table = await tryDocker("top", container, "-eo", "pid,rss");
  return table === undefined ? undefined : residentMemoryIn(table);
}

/** Reads what `docker top` prints: a line for each process, with KiB. */
export function residentMemoryIn(table: string): number | undefined {
  const sizes = [...table.matchAll(/^\s*\d+\s+(\d+)\s*$/gm)].map(([, size]) => Number(size) * 1024);
  return sizes.length === 0 ? undefined : sizes.reduce((sum, size) => sum + size, 0);
}

/** What the last loading of a model took by a server's log, seconds. */
export function loadTime(log: string): number | undefined {
  const found = [...log.matchAll(/(?:llama runner|llama-server) started in (\d+(?:\.\d+)?) seconds/g)].at(-1);
  return found === undefined ? undefined : Number(found[1]);
}
