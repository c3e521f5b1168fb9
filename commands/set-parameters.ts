import { originalName } from "../config/model-name.ts";
import type { ParametersInput } from "../components/model-parameters.ts";
import { startedServer } from "../engine/started-server.ts";
import type { OllamaClient } from "../ollama/client.ts";
import { nameOf } from "../ollama/original-name.ts";
import { readsThreadsFromEnvironment } from "../ollama/threads.ts";
import { Failure, reasonOf } from "../support/failure.ts";
import { main, readInput } from "../support/main.ts";

type Model = ParametersInput["models"][number];
type Parameters = Readonly<Record<"num_ctx" | "num_thread", number | undefined>>;

await main(async () => {
  const input = await readInput<ParametersInput>();
  const { client, version } = await startedServer(input);
  const num_thread = input.threads === null || readsThreadsFromEnvironment(version) ? undefined : input.threads;
  for (const model of input.models) {
    const parameters = { num_ctx: model.contextLength ?? undefined, num_thread };
    process.stdout.write(`${model.model}: ${await setParameters(client, model, parameters, version)}\n`);
  }
  if (num_thread !== undefined) return;
  process.stdout.write(
    input.threads === null ? "threads: chosen by Ollama\n" : `threads: ${input.threads}, by LLAMA_ARG_THREADS\n`,
  );
});

/** @returns what the model has now, for people */
async function setParameters(
  client: OllamaClient,
  { model, digest }: Model,
  parameters: Parameters,
  version: string,
): Promise<string> {
  const source = await nameOf(client, model, digest ?? undefined);
  if (source === undefined) throw new Failure(`The server does not have ${model} with digest ${digest ?? "any"}`);
  const own = Object.values(parameters).some((value) => value !== undefined);
  if (!own && source === model) return "no parameters of its own";
  const pinned = originalName(model);
  const what = `${textOf(parameters)} (Ollama ${version}); unchanged under ${pinned}`;
  const { num_ctx } = parameters;
  const unchanged = await client.parameters(source);
  // Somebody may have removed one of its names by hand.
  const now = (await client.digestOf(model)) === undefined ? "" : await client.parameters(model);
  // An image has it with its context already.
  if (own && source === pinned && has(now, unchanged, parameters)) return what;
  try {
    if (source !== model && !own) await client.copy(source, model);
    if (source === model && own) await client.copy(model, pinned);
    if (own) await client.create(model, pinned, given(parameters));
  } catch (error) {
    if (!reasonOf(error).includes("read-only file system")) throw error;
    if (!own) return "as it is there, read only";
    if (num_ctx !== undefined && !has(now, unchanged, { num_ctx }))
      throw new Failure(`${model} is read only here, and has not num_ctx ${num_ctx}: leave its contextLength out`);
    if (parameters.num_thread === undefined) return "as it is there, read only";
    return `threads chosen by Ollama; version ${version} takes ${parameters.num_thread} from the model only, which is read only here: use 0.30 or newer`;
  }
  return own ? what : "no parameters of its own";
}

function given(parameters: Parameters): object {
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined));
}

function textOf(parameters: Parameters): string {
  return Object.entries(given(parameters))
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(", ");
}

/** Whether a model has exactly these, and no others of before, beside what it has unchanged; both as lines of a Modelfile. */
function has(lines: string, unchanged: string, parameters: Partial<Parameters>): boolean {
  return Object.entries(parameters).every(
    ([name, value]) => valueIn(lines, name) === (value === undefined ? valueIn(unchanged, name) : String(value)),
  );
}

function valueIn(lines: string, name: string): string | undefined {
  return new RegExp(`^${name}\\s+(\\S+)\\s*$`, "m").exec(lines)?.[1];
}
