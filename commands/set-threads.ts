import { OllamaClient } from "../ollama/client.ts";
import { Failure } from "../ollama/failure.ts";
import { nameOf, pinnedName } from "../ollama/pinned.ts";
import { readsThreadsFromEnvironment } from "../ollama/threads.ts";
import { startupSeconds, waitForServer } from "../ollama/wait.ts";
import { main, readInput } from "./support/main.ts";

/** What {@link ModelThreads} sends. */
export interface ThreadsInput {
  /** Base URL of the server. */
  readonly url: string;
  /** Container the server runs in. */
  readonly container: string;
  readonly model: string;
  /** Expected manifest digest; null takes what is there. */
  readonly digest: string | null;
  /** CPU threads for generating; null leaves the choice to Ollama. */
  readonly threads: number | null;
}

await main(async () => {
  const { url, model, digest, threads } = await readInput<ThreadsInput>();
  const client = new OllamaClient(url);
  const version = await waitForServer(client, startupSeconds);
  const source = await nameOf(client, model, digest ?? undefined);
  if (source === undefined) throw new Failure(`The server does not have ${model} with digest ${digest ?? "any"}`);

  const byParameter = threads !== null && !readsThreadsFromEnvironment(version);
  if (!byParameter) {
    if (source !== model) await client.copy(source, model);
    process.stdout.write(
      threads === null ? "threads: chosen by Ollama\n" : `threads: ${threads}, by LLAMA_ARG_THREADS\n`,
    );
    return;
  }
  const pinned = pinnedName(model);
  if (source === model) await client.copy(model, pinned);
  await client.create(model, pinned, { num_thread: threads });
  process.stdout.write(
    `threads: ${threads}, as a parameter of ${model} (Ollama ${version}); unchanged under ${pinned}\n`,
  );
});
