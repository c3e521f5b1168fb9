import { existsSync } from "node:fs";
import { join } from "node:path";
import { run } from "../support/shell.ts";

/** What a client is run with. */
export interface Surroundings {
  readonly url: string;
  /** File with the root certificate. */
  readonly root: string;
  /** Java's store with the same one, whose password is `changeit`. */
  readonly trustStore: string;
  readonly model: string;
  readonly embeddingModel: string;
}

/** What a client saw. */
export interface Seen {
  readonly versions: Readonly<Record<string, string>>;
  readonly seen: Readonly<Record<string, unknown>>;
}

/** A program that uses a client through the gateway. */
export interface Client {
  readonly name: string;
  /** A file without which it cannot run. */
  readonly needs: string;
  readonly command: (around: Surroundings) => readonly string[];
  /** What its errors are called, by status. */
  readonly errors: Readonly<Record<number, string>>;
}

const folder = import.meta.dirname;
const http = { 401: "401", 403: "403", 404: "404", 413: "413", 429: "429", 501: "501" };

/** A script of Python's with the packages of a virtual environment. */
function python(script: string, errors: Client["errors"], environment = "venv"): Client {
  const program = join(folder, "python", environment, "bin/python");
  // The last that is set up.
  const needs = join(folder, "python", environment, `lib/python3.11/site-packages/openai`);
  const name = `Python, ${script}${environment === "venv" ? "" : `, ${environment}`}`;
  return { name, needs, command: () => [program, "-W", "ignore", join(folder, "python", `${script}.py`)], errors };
}

function javascript(script: string, errors: Client["errors"]): Client {
  const needs = join(folder, "javascript/node_modules");
  return {
    name: `npm, ${script}`,
    needs,
    command: () => [process.execPath, join(folder, "javascript", `${script}.mjs`)],
    errors,
  };
}

function java(main: string, version: string, errors: Client["errors"]): Client {
  const target = join(folder, `java/target/spring-ai-${version}`);
  const command = ({ trustStore }: Surroundings) => [
    ...["java", `-Djavax.net.ssl.trustStore=${trustStore}`, "-Djavax.net.ssl.trustStorePassword=changeit"],
    ...["-cp", `${target}/classes:${target}/dependency/*`, main],
  ];
  return { name: `Java, ${main}, ${version}`, needs: `${target}/spring-clients-1.jar`, command, errors };
}

const openai = {
  ...{ 401: "AuthenticationError", 403: "PermissionDeniedError", 404: "NotFoundError", 413: "API(Status)?Error" },
  ...{ 429: "RateLimitError", 501: "InternalServerError" },
};
const anthropic = { ...openai, 413: "ContentTooLargeError" };
const always = (name: string) => Object.fromEntries(Object.keys(http).map((status) => [status, name]));
// LangChain has names of its own for some of OpenAI's; and those of Ollama's.
const either = (names: Record<number, string>, prefix: string) =>
  Object.fromEntries(Object.entries(names).map(([status, name]) => [status, `(${prefix}|${name}|ResponseError)`]));

/** All that are tried. */
export const clients: readonly Client[] = [
  python("openai_sdk", openai),
  python("openai_sdk", openai, "venv-openai"),
  python("ollama_sdk", always("ResponseError")),
  python("anthropic_sdk", anthropic),
  python("langchain_sdk", either(openai, "OpenAI\\w+Error")),
  python("llama_index_sdk", either(openai, "ResponseError")),
  python("litellm_sdk", { ...openai, 403: "BadRequestError", 413: "BadRequestError" }),
  python("http_clients", http),
  javascript("openai", openai),
  javascript("ollama", always("ResponseError")),
  javascript("ai-sdk", always("APICallError")),
  javascript("anthropic", anthropic),
  java("JdkClient", "1.1", http),
  java("SpringClient", "1.1", always("NonTransientAiException")),
  java("SpringClient", "2.0", always("\\w+Exception")),
];

/** Why a client cannot run, undefined when it can. */
export function missingFor({ needs }: Client): string | undefined {
  return existsSync(needs) ? undefined : `there is no ${needs}; npm run test:clients says why`;
}

/** Runs a client to its end. */
export async function seenBy(client: Client, around: Surroundings): Promise<Seen> {
  const [program = "", ...args] = client.command(around);
  const { url, root, model, embeddingModel } = around;
  const env = {
    ...process.env,
    ...{ GATEWAY_URL: url, MODEL: model, EMBEDDING_MODEL: embeddingModel },
    ...{ SSL_CERT_FILE: root, NODE_EXTRA_CA_CERTS: root },
  };
  const { stdout, stderr } = await run(program, args, { env, signal: AbortSignal.timeout(200_000) });
  const line = stdout.split("\n").find((one) => one.startsWith("{")) ?? "";
  if (line === "") throw new Error(`${client.name} said nothing: ${stderr.slice(-2000)}`);
  return JSON.parse(line) as Seen;
}
