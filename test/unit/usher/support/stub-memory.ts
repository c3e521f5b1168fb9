import type { IncomingMessage, ServerResponse } from "node:http";
import { json, stubOllama, type StubOllama } from "./stub-ollama.ts";

/** What stands for an Ollama that has models in memory. */
export interface StubMemory extends StubOllama {
  /** Models in memory, with when they leave. */
  readonly loaded: Map<string, string>;
  /** What was asked, but for what is in memory. */
  readonly asked: () => readonly string[];
  /** How often it was asked what is in memory. */
  readonly looks: () => number;
  /** Most requests that ran at once. */
  readonly most: () => number;
}

/** When a model leaves that stays for ever, as Ollama writes it. */
export const forEver = "2318-11-20T03:11:22.123456789+09:00";

/** How a request that loads a model is answered; true where that is done here. */
export type Loading = (response: ServerResponse, request: IncomingMessage, model: string) => unknown;

/** Answers as Ollama does, with models that stay for ever once they are loaded. */
export async function stubMemory(loading: Loading = () => false): Promise<StubMemory> {
  const loaded = new Map<string, string>();
  let running = 0;
  let most = 0;
  const ollama = await stubOllama(async (response, request) => {
    most = Math.max(most, ++running);
    response.on("close", () => running--);
    if (request.url === "/api/ps") {
      json(response, { models: [...loaded].map(([name, expires_at]) => ({ name, expires_at })) });
      return;
    }
    const { model } = JSON.parse(ollama.got.at(-1)?.body ?? "") as { model: string };
    if ((await loading(response, request, model)) === true) return;
    loaded.set(model, forEver);
    json(response, {});
  });
  return {
    ...ollama,
    loaded,
    asked: () => ollama.got.filter(({ line }) => line !== "GET /api/ps").map(({ line, body }) => `${line} ${body}`),
    looks: () => ollama.got.filter(({ line }) => line === "GET /api/ps").length,
    most: () => most,
  };
}
