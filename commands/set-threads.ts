import { OllamaClient } from "../ollama/client.ts";
import { Failure, reasonOf } from "../support/failure.ts";
import { nameOf, originalName } from "../ollama/original-name.ts";
import { readsThreadsFromEnvironment } from "../ollama/threads.ts";
import { startupSeconds, waitForServer } from "../ollama/wait.ts";
import { main, readInput } from "../support/main.ts";
import { serverUrl } from "../engine/server-url.ts";
import type { ThreadsInput } from "../components/model-threads.ts";

await main(async () => {
  const input = await readInput<ThreadsInput>();
  const { model, digest, threads } = input;
  const client = new OllamaClient(await serverUrl(input));
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
  const pinned = originalName(model);
  try {
    if (source === model) await client.copy(model, pinned);
    await client.create(model, pinned, { num_thread: threads });
  } catch (error) {
    if (!reasonOf(error).includes("read-only file system")) throw error;
    process.stdout.write(
      `threads: chosen by Ollama; version ${version} takes ${threads} from the model only, which is part of the image: use 0.30 or newer\n`,
    );
    return;
  }
  process.stdout.write(
    `threads: ${threads}, as a parameter of ${model} (Ollama ${version}); unchanged under ${pinned}\n`,
  );
});
