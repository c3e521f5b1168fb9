import { resolve } from "node:path";
import { ollamaPort } from "../../ollama/server.ts";
import { projectFolder } from "../../support/project-folder.ts";
import { creation, creationMount, haproxyImage, model, ollamaImage } from "../support/fixtures.ts";
import { docker } from "../support/shell.ts";

/** A kind of server that a gateway can stand in front of, on Ollama's port. */
export interface ModelServer {
  /** Name of the model that it has. */
  readonly model: string;
  /** Body of a request that it answers with 20 tokens. */
  readonly body: string;
  /** Starts it as a container of a name in a network, and has it ready to answer. */
  start(name: string, network: string): Promise<void>;
}

const tokensConfiguration = [
  "global",
  "  nbthread 1",
  "  lua-load /token-server.lua",
  "defaults",
  "  mode http",
  "  option http-no-delay",
  "  timeout http-request 60s",
  "  timeout http-keep-alive 1h",
  "  timeout client 1h",
  "frontend server",
  `  bind :${ollamaPort}`,
  "  http-request use-service lua.tokens",
].join("\n");

/** A server that costs next to nothing: 20 tokens, one every 5 ms. */
export const syntheticServer: ModelServer = {
  model: "tokens",
  body: JSON.stringify({ model: "tokens", prompt: "The capital of France is" }),
  async start(name, network) {
    const mount = ["-v", `${resolve(projectFolder, "test/benchmark/token-server.lua")}:/token-server.lua:ro`];
    const run = ["run", "-d", "--name", name, "--network", network, "--tmpfs", "/tmp:mode=1777", ...mount];
    const start = ["sh", "-c", 'printf "%s\\n" "$0" > /tmp/server.cfg; exec haproxy -db -f /tmp/server.cfg'];
    await docker(...run, haproxyImage, ...start, tokensConfiguration);
  },
};

/**
 * A real Ollama with a small model.
 * @param parallel - requests that it answers at once
 */
export function realServer(parallel: number): ModelServer {
  const options = { temperature: 0, seed: 1, num_predict: 20 };
  return {
    model,
    body: JSON.stringify({ model, prompt: "1, 2, 3, 4, 5, 6, 7, 8, 9,", raw: true, options }),
    async start(name, network) {
      const settings = ["-e", `OLLAMA_NUM_PARALLEL=${parallel}`, "-e", "OLLAMA_NO_CLOUD=1", "--cpus", "1"];
      const run = ["run", "-d", "--name", name, "--network", network, ...settings, "-e", "LLAMA_ARG_THREADS=1"];
      await docker(...run, ...creationMount(), ollamaImage);
      await docker("exec", name, "sh", "-ec", ["until ollama list; do sleep 1; done", ...creation()].join("\n"));
    },
  };
}
