import { edited } from "../../../../usher/edits.ts";
import { JsonScan } from "../../../../usher/json-scan.ts";
import { requestKeys } from "../../../../usher/request-keys.ts";
import { ruleOn } from "../../../../usher/request-rules.ts";
import type { ClientSettings, Settings } from "../../../../usher/settings.ts";

export const client: ClientSettings = { name: "web", models: null, maxTokens: null, allowReload: false };

export const settings: Settings = {
  upstream: "127.0.0.1:11434",
  maxBody: 1024 * 1024,
  readTimeout: 30,
  requestTimeout: 300,
  holdTimeout: 0.1,
  drainTimeout: 30,
  reload: "drop",
  models: ["gemma3n:e2b", "all-minilm"],
  kept: [],
  clients: [client],
};

/** What becomes of a body in pieces: its text, and the model that it names. */
export function ruled(
  path: string,
  pieces: readonly Buffer[],
  changed: Partial<ClientSettings> = {},
  changedSettings: Partial<Settings> = {},
): { text: string; model: string | undefined; hidesUsage: boolean } {
  const scan = new JsonScan(requestKeys);
  for (const piece of pieces) scan.write(piece);
  const ruling = ruleOn(path, scan.end(), { ...client, ...changed }, { ...settings, ...changedSettings });
  const { edits, model, hidesUsage } = ruling;
  return { text: Buffer.concat(edited(pieces, edits)).toString(), model, hidesUsage };
}
