import { originalName } from "../config/model-name.ts";
import type { PullInput } from "../components/model-pull.ts";
import { ContainerStore } from "../engine/container-store.ts";
import { planPull, pullModel, type PullPlan, type WantedModel } from "../engine/pull-model.ts";
import { startedServer } from "../engine/started-server.ts";
import type { OllamaClient } from "../ollama/client.ts";
import { totalSize } from "../ollama/manifest.ts";
import { Failure, reasonOf } from "../support/failure.ts";
import { main, readInput } from "../support/main.ts";
import { say } from "../support/progress.ts";
import { formatBytes, sum } from "../support/units.ts";

await main(async () => {
  const input = await readInput<PullInput>();
  const { client } = await startedServer(input);
  const failures: string[] = [];
  const attempt = async <Result>(work: Promise<Result>) =>
    work.catch((error: unknown) => {
      failures.push(reasonOf(error));
      return undefined;
    });
  const plans: PullPlan[] = [];
  for (const wanted of input.models) {
    const plan = await attempt(planPull(client, input, wanted));
    if (plan !== undefined) plans.push(plan);
  }
  const sizes = plans.map(({ manifest }) => (manifest === undefined ? 0 : totalSize(manifest)));
  const total = sum(sizes);
  const digests: string[] = [];
  for (const [index, plan] of plans.entries()) {
    const all = `; model ${index + 1} of ${plans.length}, ${formatBytes(sum(sizes.slice(0, index)))} of ${formatBytes(total)} in all are done`;
    const digest = await attempt(pullModel(client, input, plan, plans.length > 1 ? all : ""));
    if (digest !== undefined) digests.push(digest);
  }
  if (failures.length > 0) throw new Failure(whatFailed(failures, input.models, digests.length));
  if (input.prune) await prune(client, input);
  process.stdout.write(`${digests.join("\n")}\n`);
});

function whatFailed(failures: readonly string[], models: readonly WantedModel[], pulled: number): string {
  if (models.length === 1) return failures.join("\n");
  const rest = pulled === 0 ? "" : `; the server serves the other ${pulled}`;
  return `${failures.length} of ${models.length} models could not be pulled${rest}\n${failures.join("\n")}`;
}

/** Removes models that this program has pulled or verified and that are not served any more; Ollama keeps blobs that others need. */
async function prune(client: OllamaClient, { models, container, volume }: PullInput): Promise<void> {
  const store = new ContainerStore(container);
  const kept = new Set(models.flatMap(({ model }) => [model, originalName(model)]));
  const names = (await client.tags()).map(({ name }) => name);
  const pulled: string[] = [];
  for (const name of names.filter((listed) => !kept.has(listed))) {
    // One with parameters of its own has another digest than what was pulled.
    const { digest } = await store.manifest(names.find((listed) => listed === originalName(name)) ?? name);
    if (await store.isVerified(digest)) pulled.push(name);
    else say(`${name} stays in the volume ${volume}: the stack has not pulled it`);
  }
  // Not before all are looked at, as the second name of one tells what it was pulled as.
  for (const name of pulled) {
    await client.delete(name);
    say(`${name} was removed from the volume ${volume}`);
  }
}
