import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { embeddingModel, missingForDocker, model } from "../support/fixtures.ts";
import { run } from "../support/shell.ts";
import { heldPlace, missingForEmbeddings, startWholeGateway, type WholeGateway } from "../support/whole-gateway.ts";
import { clients, missingFor, seenBy, type Client, type Surroundings } from "./clients.ts";

const missing = (await missingForDocker()) ?? missingForEmbeddings();

/** What a check without an error comes to. */
const right: Readonly<Record<string, RegExp>> = {
  chat: /^an answer$/,
  stream: /^an answer in pieces$/,
  responses: /^an answer$/,
  "another context": /^an answer$/,
  embeddings: /^384 numbers$/,
  models: /^\["(smollm2:135m","minilm:22m|minilm:22m","smollm2:135m)"\]$/,
  "200": /\b200\b/,
  large: /\b200\b/,
  "100 requests": /^\[+("HTTP\/[12.]+",200|HTTP_[12_]+ 200)\]+$/,
};

/** The status of an error, and the text that a user is to be shown, by check. */
const wrong: Readonly<Record<string, readonly [number, string]>> = {
  "no embeddings": [501, "This server does not support embeddings"],
  "another model": [404, "model 'other' not found; this client can use smollm2:135m, minilm:22m"],
  "401": [401, "unauthorized: send your token as Authorization: Bearer TOKEN"],
  "403": [403, "this endpoint is not open to this client"],
  "413": [413, "(the request is too large; see gateway.maxBody|the body has more than 1048576 bytes)"],
  "429": [429, "too many requests at once; try again later"],
};

/** What is to come of a check of a client. */
function expected({ errors }: Client, name: string): RegExp {
  const check = name.split(/[:,] /).at(-1) ?? "";
  const [status, text] = wrong[check] ?? [];
  if (status !== undefined) return new RegExp(`\\b${errors[status] ?? ""}\\b.*${text ?? ""}`, "s");
  const pattern = right[check];
  if (pattern === undefined) throw new Error(`nothing is said of the check ${name}`);
  return pattern;
}

const shown = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

describe.skipIf(missing)(`clients${missing === undefined ? "" : `: ${missing}`}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "gemma-clients-"));
  const trustStore = join(folder, "trust.p12");
  let gateway: WholeGateway;

  beforeAll(async () => {
    gateway = await startWholeGateway();
    const into = ["-keystore", trustStore, "-storetype", "PKCS12", "-storepass", "changeit"];
    await run("keytool", ["-importcert", "-noprompt", "-alias", "gemma", "-file", gateway.root, ...into]);
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const tried = clients.flatMap((client) => (["http", "https"] as const).map((scheme) => ({ client, scheme })));
  for (const { client, scheme } of tried) {
    const reason = missingFor(client);
    it.skipIf(reason)(`${client.name}, ${scheme}${reason === undefined ? "" : `: ${reason}`}`, async ({ annotate }) => {
      const url = scheme === "http" ? gateway.url : gateway.tlsUrl;
      using _place = await heldPlace(url);
      const around: Surroundings = { url, root: gateway.root, trustStore, model, embeddingModel };
      const before = await served();
      const { versions, seen } = await seenBy(client, around);
      const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
      process.stdout.write(`${client.name}, ${scheme}: ${list.join(", ")}; ${Object.keys(seen).length} checks\n`);
      await annotate(list.join(", "));
      const other = Object.entries(seen).filter(([name, value]) => !expected(client, name).test(shown(value)));
      expect(other).toEqual([]);
      expect(Object.keys(seen).length).toBeGreaterThan(7);
      expect(await served()).toEqual(before);
    });
  }

  /** The model as it is loaded, which it is once somebody has asked for it. */
  async function served() {
    const asked = { model, messages: [{ role: "user", content: "hi" }], options: { num_predict: 1 }, stream: false };
    const headers = { Authorization: "Bearer all-token" };
    await (await fetch(`${gateway.url}/api/chat`, { method: "POST", headers, body: JSON.stringify(asked) })).text();
    return (await gateway.loaded()).find(({ name }) => name === model);
  }
});
