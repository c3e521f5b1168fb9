import { boundOf } from "./endpoints.ts";
import { editsOf, type Edit } from "./edits.ts";
import { named, type Member, type ObjectFound } from "./json-found.ts";
import { keepAliveChange } from "./keep-alive.ts";
import { canonicalModel } from "./model-name.ts";
import { Refusal } from "./refusal.ts";
import { disturbing, disturbs } from "./request-keys.ts";
import type { ClientSettings, Settings } from "./settings.ts";
import { usageQuestion } from "./stream-usage.ts";
import { boundAtTop, boundInOptions } from "./token-bound.ts";

/** What becomes of a request. */
export interface Ruling {
  /** The served model that it names, as the settings write it; undefined when it names none. */
  readonly model: string | undefined;
  readonly edits: readonly Edit[];
  /** Whether the answer has an event with counts of tokens that the client did not ask for. */
  readonly hidesUsage: boolean;
}

/**
 * What a body needs before Ollama may read it.
 * @throws Refusal
 */
export function ruleOn(path: string, body: ObjectFound, client: ClientSettings, settings: Settings): Ruling {
  const model = modelOf(path, body, client, settings);
  const options = named(body, "options");
  const other = options.find(({ kind }) => kind !== "object" && kind !== "null");
  if (other !== undefined) throw new Refusal(400, "options must be an object");
  const disturbances = client.allowReload ? [] : disturbancesIn(body, settings.reload);

  const removed = new Set<Member>(disturbances);
  const added: string[] = [];
  let inOptions: string | undefined;
  const bound = boundOf(path);
  if (bound === "num_predict") {
    const change = boundInOptions(options, client.maxTokens);
    for (const member of change.removed) removed.add(member);
    if (change.tokens !== undefined) inOptions = `"num_predict":${change.tokens}`;
  } else if (bound !== undefined) {
    const change = boundAtTop(body, path, bound, client.maxTokens);
    for (const member of change.removed) removed.add(member);
    if (change.tokens !== undefined) added.push(`"${bound}":${change.tokens}`);
  }

  const keepAlive = keepAliveChange(path, body, model, client, settings);
  for (const member of keepAlive.removed) removed.add(member);
  added.push(...keepAlive.added);

  const usage = usageQuestion(path, body);
  for (const member of usage?.removed ?? []) removed.add(member);
  added.push(...(usage?.added ?? []));

  const last = options.at(-1);
  if (inOptions !== undefined && last?.inner === undefined) {
    added.push(`"options":{${inOptions}}`);
    // Where there are objects before a null, it takes them away, and has to stay.
    if (last !== undefined && options.length === 1) removed.add(last);
  }
  const inner = options.flatMap((member) => {
    if (member.inner === undefined) return [];
    const more = member === last && inOptions !== undefined ? [inOptions] : [];
    return editsOf(member.inner, present(member.inner, removed), more);
  });
  const edits = [...inner, ...(usage?.edits ?? []), ...editsOf(body, present(body, removed), added)];
  return { model, edits, hidesUsage: usage !== undefined };
}

function present(found: ObjectFound, removed: ReadonlySet<Member>): readonly Member[] {
  return found.members.filter((member) => removed.has(member));
}

function disturbancesIn(body: ObjectFound, rule: Settings["reload"]): readonly Member[] {
  const top = disturbing.flatMap((name) => named(body, name));
  const inner = named(body, "options").flatMap((option) => option.inner?.members ?? []);
  const found = [...top, ...inner.filter(({ name }) => disturbs(name))];
  // Ollama takes null as if nothing were there.
  const first = found.find(({ kind }) => kind !== "null");
  if (rule === "refuse" && first !== undefined) {
    const where = top.includes(first) ? first.name : `options.${first.name}`;
    throw new Refusal(403, `${where} is not open to this client, as it would change the model for all: leave it out`);
  }
  return found;
}

function modelOf(path: string, body: ObjectFound, client: ClientSettings, settings: Settings): string | undefined {
  // Only details can be asked for by the older name of the key.
  const members = path === "/api/show" ? [...named(body, "model"), ...named(body, "name")] : named(body, "model");
  const names = members.flatMap(({ kind, text, name }) => {
    if (kind === "null") return [];
    if (kind !== "string") throw new Refusal(400, `${name} must be a string`);
    return [text === undefined ? "…" : (JSON.parse(text) as string)];
  });
  const models = names.filter((name) => name !== "").map((name) => servedModel(name, client, settings));
  if (new Set(models).size > 1) throw new Refusal(400, "the body names more than one model");
  return models[0];
}

/**
 * The served model that a name stands for.
 * @throws Refusal when there is none, or when it is not open to the client
 */
export function servedModel(name: string, client: ClientSettings, settings: Settings): string {
  const wanted = canonicalModel(name);
  const open = client.models?.map(canonicalModel);
  const models = settings.models.filter((model) => open?.includes(canonicalModel(model)) ?? true);
  const model = models.find((served) => canonicalModel(served) === wanted);
  if (model !== undefined) return model;
  const others = models.length === 0 ? "" : `; this client can use ${models.join(", ")}`;
  throw new Refusal(404, `model '${name.slice(0, 200)}' not found${others}`);
}
