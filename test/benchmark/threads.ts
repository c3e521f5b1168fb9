import { ollamaEnvironment } from "../../components/ollama-env.ts";
import { ollama } from "../../config/ollama.ts";
import { threadsFor } from "../../config/resolve.ts";
import { OllamaClient } from "../../ollama/client.ts";
import { model, removeContainer, startRegistry, type TestRegistry } from "../support/fixtures.ts";
import { Project } from "../support/project.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { inTurn, resultLine } from "./pairs.ts";

const cpus = 1;
const rounds = 5;
const tokens = 96;

/** Speed of generating under a limit of one CPU: with the environment that the program declares, against one without its thread count. */
export async function benchmarkThreads(): Promise<string[]> {
  const registry = await startRegistry();
  const project = await Project.create();
  try {
    await using declared = await start(threadsFor(cpus));
    await using usual = await start(undefined);
    const [a, b] = [await speedOf(declared, registry, project), await speedOf(usual, registry, project)];
    const pairs = await inTurn(rounds, a, b);
    return [resultLine("generating with 1 CPU, 1 thread against Ollama's default", "tokens/s", pairs)];
  } finally {
    await removeContainer(registry.container);
    await project.remove();
  }
}

function start(threads: number | undefined): Promise<TestServer> {
  const environment = ollamaEnvironment({ ...ollama.parse({}), threads });
  const variables = Object.entries(environment).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
  return startServer("--cpus", String(cpus), ...variables);
}

/** Pulls the model into a server and loads it; what is returned measures tokens a second. */
async function speedOf({ url, container }: TestServer, registry: TestRegistry, project: Project) {
  const models = [{ model, digest: registry.digest }];
  const input = { url, container, volume: "none", registry: registry.url, models, prune: false };
  const { status, output } = await project.command("pull-models.ts", input);
  if (status !== 0) throw new Error(output);
  const client = new OllamaClient(url);
  await client.load(model);
  return async () => {
    const answer = await client.generate(model, "Tell a long story about a lighthouse.", tokens);
    return (answer.eval_count ?? 0) / ((answer.eval_duration ?? 1) / 1e9);
  };
}
