import { setTimeout as sleep } from "node:timers/promises";
import { modelsPath } from "../../ollama/server.ts";
import { oldOllamaImage, removeContainer } from "./fixtures.ts";
import { freePort } from "./free-port.ts";
import { docker } from "./shell.ts";

/** A running Ollama on loopback. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly container: string;
}

/** Starts an Ollama in a network of its own, as the program does, with further arguments of `docker run`. */
export async function startServer(...args: string[]): Promise<TestServer> {
  const port = await freePort();
  const network = await docker("network", "create", `gemma-test-${port}`);
  const publish = ["--network", network, "-p", `127.0.0.1:${port}:11434`];
  const container = await docker(
    "run",
    "-d",
    ...publish,
    "-e",
    "OLLAMA_NOPRUNE=1",
    "-e",
    `OLLAMA_MODELS=${modelsPath}`,
    ...args,
    oldOllamaImage,
  );
  const url = `http://127.0.0.1:${port}`;
  while (!(await fetch(`${url}/api/version`).catch(() => undefined))?.ok) await sleep(100);
  return {
    url,
    container,
    async [Symbol.asyncDispose]() {
      await removeContainer(container);
      await docker("network", "rm", network);
    },
  };
}
