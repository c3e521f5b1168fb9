import { OllamaClient } from "../../../ollama/client.ts";
import { passGate, type ModelReadiness, type Readiness } from "../../../ollama/gate.ts";
import { fakeServer, type FakeServer, type Reply } from "./fake-server.ts";

export const hex = "1".repeat(64);
export const digest = `sha256:${hex}`;

/** A chat model as a gate has it. */
export const chatModel: ModelReadiness = {
  model: "gemma3n:e4b",
  digest,
  for: ["chat"],
  preload: false,
  keepAlive: null,
  contextLength: null,
  vectorLength: null,
  korean: false,
  prompt: "The capital of France is",
  pattern: "Paris",
  minTokensPerSecond: 1,
};

export const generation = { response: " Paris.", eval_count: 30, eval_duration: 2_000_000_000 };

/** A model in memory as `/api/ps` lists it. */
export const loaded = (name: string, change: object = {}) => ({ name, size: 1000, size_vram: 1000, ...change });

/** Answers of a server by path; those of `/api/generate` without a prompt under `load`, and with one under `generate`. */
export type Replies = Readonly<Record<string, Reply | ((body: Record<string, unknown>) => Reply)>>;

const healthy: Replies = {
  "/api/version": { body: { version: "0.32.1" } },
  "/api/tags": { body: { models: [{ name: "gemma3n:e4b", digest: hex }] } },
  "/api/show": { body: { capabilities: ["completion"] } },
  load: { body: { done_reason: "load" } },
  generate: { body: generation },
  "/api/ps": { body: { models: [loaded("gemma3n:e4b")] } },
};

/** A stand-in for Ollama that serves gemma3n:e4b, but for some answers. */
export function ollama(change: Replies = {}): Promise<FakeServer> {
  const replies = { ...healthy, ...change };
  return fakeServer(({ path, body }) => {
    const sent = (body === "" ? {} : JSON.parse(body)) as Record<string, unknown>;
    const generating = path === "/api/generate" && ("prompt" in sent ? "generate" : "load");
    const reply = replies[generating || path] ?? { status: 404 };
    return typeof reply === "function" ? reply(sent) : reply;
  });
}

/** What the gate of some models reports of a server, with times as `N s`. */
export async function linesOf(
  server: FakeServer,
  models: readonly ModelReadiness[],
  change: Partial<Readiness> = {},
): Promise<string[]> {
  const reported: string[] = [];
  const readiness = { timeout: 5, requireGpu: false, models, ...change };
  await passGate(new OllamaClient(server.url), readiness, (line) => reported.push(line));
  return reported.map((line) => line.replace(/in \d+\.\d s$/, "in N s"));
}

/** What a server was sent under a path. */
export function sentTo(server: FakeServer, path: string): unknown[] {
  return server.asked.filter((asked) => asked.path === path).map(({ body }) => JSON.parse(body) as unknown);
}
