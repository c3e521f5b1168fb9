import { setTimeout as sleep } from "node:timers/promises";
import { modelsPath } from "../../ollama/server.ts";
import { runArguments } from "./declared-container.ts";
import { EdgeStack } from "./edge-stack.ts";
import { model, ollamaImage, removeContainer } from "./fixtures.ts";
import { freePort } from "./free-port.ts";
import { docker } from "./shell.ts";

/** A running Ollama on loopback. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly container: string;
}

/** Starts an Ollama in a network of its own, as the program does, with further arguments of `docker run`. */
export function startServer(...args: string[]): Promise<TestServer> {
  const store = ["-e", "OLLAMA_NOPRUNE=1", "-e", `OLLAMA_MODELS=${modelsPath}`];
  return start((port) => ["-p", `127.0.0.1:${port}:11434`, ...store, ...args, ollamaImage]);
}

/**
 * Starts an Ollama of some version exactly as the program declares it for a limit of one CPU, with its models in a volume.
 * @param access - whether it may write there; the models in an image it can only read
 */
export async function startDeclaredServer(
  volume: string,
  image: string,
  access: "rw" | "ro" = "rw",
): Promise<TestServer> {
  const declared = async (port: number) => {
    using stack = new EdgeStack();
    const { rendering, message } = await stack.judge({ models: [model], port, cpus: "1", memory: "2GiB" });
    if (rendering === undefined) throw new Error(message);
    return rendering.resources["docker:index/container:Container ollama-container"];
  };
  return start(async (port) => [
    ...["-v", `${volume}:${modelsPath}:${access}`],
    ...runArguments(await declared(port), image, []),
  ]);
}

async function start(argumentsFor: (port: number) => string[] | Promise<string[]>): Promise<TestServer> {
  const port = await freePort();
  const args = await argumentsFor(port);
  const network = await docker("network", "create", `gemma-test-${port}`);
  const container = await docker("run", "-d", "--network", network, ...args);
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
