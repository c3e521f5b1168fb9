import { OllamaClient } from "../../ollama/client.ts";
import { originalName } from "../../ollama/original-name.ts";
import { model, removeContainer, startRegistry } from "../support/fixtures.ts";
import { Project } from "../support/project.ts";
import { startServer } from "../support/server.ts";
import { inTurn, resultLine } from "./pairs.ts";

const rounds = 5;
const tokens = 96;

/** Speed of generating under a limit of one CPU: with the thread count that the program sets, against Ollama's default. */
export async function benchmarkThreads(): Promise<string[]> {
  const registry = await startRegistry();
  const project = await Project.create();
  await using server = await startServer("--cpus", "1");
  try {
    const { url, container } = server;
    const common = { url, container, model, digest: registry.digest };
    await project.command("pull-model.ts", { ...common, volume: "none", registry: registry.url });
    await project.command("set-threads.ts", { ...common, threads: 1 });
    const client = new OllamaClient(url);
    const speed = async (name: string) => {
      await client.load(name);
      const answer = await client.generate(name, "Tell a long story about a lighthouse.", tokens);
      return (answer.eval_count ?? 0) / ((answer.eval_duration ?? 1) / 1e9);
    };
    const pairs = await inTurn(
      rounds,
      () => speed(model),
      () => speed(originalName(model)),
    );
    return [resultLine("generating with 1 CPU, 1 thread against Ollama's default", "tokens/s", pairs)];
  } finally {
    await removeContainer(registry.container);
    await project.remove();
  }
}
