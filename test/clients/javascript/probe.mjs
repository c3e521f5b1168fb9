import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What a client sees through the gateway: a name for each check, and what came of it, as one object of JSON. */

export const url = process.env.GATEWAY_URL;
export const model = process.env.MODEL;
export const embeddingModel = process.env.EMBEDDING_MODEL;
export const messages = [{ role: "user", content: "Say hi." }];
export const tooLarge = "x".repeat(2 * 1024 * 1024);

/** Whether there is a text. */
export const answer = (text) => (typeof text === "string" && text !== "" ? "an answer" : `no text: ${text}`);
/** How long a vector is. */
export const numbers = (vector) => `${vector.length} numbers`;

/** Whether a text came in pieces. */
export async function pieces(parts, textOf) {
  const texts = [];
  for await (const part of parts) texts.push(textOf(part));
  return texts.filter((text) => text).length > 1 ? "an answer in pieces" : `no pieces: ${texts}`;
}

/** Does the checks, and prints what came of them with the versions of the packages. */
export async function see(packages, checks) {
  const seen = {};
  for (const [name, check] of Object.entries(checks))
    seen[name] = await check().catch((error) => `${error.constructor.name}: ${error.message}`);
  const version = (name) =>
    JSON.parse(readFileSync(join(import.meta.dirname, `node_modules/${name}/package.json`), "utf8")).version;
  const versions = Object.fromEntries(packages.map((name) => [name, version(name)]));
  process.stdout.write(JSON.stringify({ versions, seen }));
}
