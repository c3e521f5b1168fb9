import { Failure, reasonOf } from "../support/failure.ts";
import { nameOf, originalName } from "../ollama/original-name.ts";
import { readsThreadsFromEnvironment } from "../ollama/threads.ts";
import { main, readInput } from "../support/main.ts";
import { startedServer } from "../engine/started-server.ts";
import type { ThreadsInput } from "../components/model-threads.ts";

await main(async () => {
  const input = await readInput<ThreadsInput>();
  const { model, digest, threads } = input;
  const { client, version } = await startedServer(input);
  const source = await nameOf(client, model, digest ?? undefined);
  if (source === undefined) throw new Failure(`The server does not have ${model} with digest ${digest ?? "any"}`);

  const byParameter = threads !== null && !readsThreadsFromEnvironment(version);
  const pinned = originalName(model);
  try {
    if (source !== model && !byParameter) await client.copy(source, model);
    if (source === model && byParameter) await client.copy(model, pinned);
    if (byParameter) await client.create(model, pinned, { num_thread: threads });
  } catch (error) {
    if (!reasonOf(error).includes("read-only file system")) throw error;
    process.stdout.write(
      byParameter
        ? `threads: chosen by Ollama; version ${version} takes ${threads} from the model only, which is read only here: use 0.30 or newer\n`
        : `threads: as the model has them, which is read only here\n`,
    );
    return;
  }
  if (byParameter)
    process.stdout.write(
      `threads: ${threads}, as a parameter of ${model} (Ollama ${version}); unchanged under ${pinned}\n`,
    );
  else
    process.stdout.write(
      threads === null ? "threads: chosen by Ollama\n" : `threads: ${threads}, by LLAMA_ARG_THREADS\n`,
    );
});
