import { takesKeepAlive } from "./endpoints.ts";
import { named, type Member, type ObjectFound } from "./json-found.ts";
import type { ClientSettings, Settings } from "./settings.ts";

/** What has to change in a body so that its model stays as long as the settings say. */
export interface KeepAliveChange {
  readonly removed: readonly Member[];
  /** Members that go at the end of the body. */
  readonly added: readonly string[];
}

const unchanged: KeepAliveChange = { removed: [], added: [] };

/**
 * Says how long a model stays where its request does not, or where its client may not: Ollama takes its default for a
 * model that is loaded by a request without a word of it.
 */
export function keepAliveChange(
  path: string,
  body: ObjectFound,
  model: string | undefined,
  client: ClientSettings,
  settings: Settings,
): KeepAliveChange {
  const kept = takesKeepAlive(path) ? settings.kept.find((one) => one.model === model) : undefined;
  if (kept === undefined) return unchanged;
  const members = named(body, "keep_alive");
  // The last one counts, and null is as if there were none.
  const isSaid = members.length > 0 && members.at(-1)?.kind !== "null";
  if (client.allowReload && isSaid) return unchanged;
  return { removed: members, added: [`"keep_alive":${JSON.stringify(kept.keepAlive)}`] };
}
