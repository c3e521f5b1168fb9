import { boundOf } from "./endpoints.ts";
import { editsOf, type Edit } from "./edits.ts";
import { named, type Member, type ObjectFound } from "./json-found.ts";
import { keepAliveChange } from "./keep-alive.ts";
import { canonicalModel } from "./model-name.ts";
import { Disturbance, Refusal } from "./refusal.ts";
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
  /** Keys that are taken out as they would change the model for all, each once, with `options.` before an option. */
  readonly dropped: readonly string[];
}

/** A member with a key that would change the model for all. */
interface Disturbing {
  readonly member: Member;
  readonly key: string;
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

  const removed = new Set(disturbances.map(({ member }) => member));
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
  const dropped = [...new Set(disturbances.filter(({ member }) => says(member)).map(({ key }) => key))];
  return { model, edits, hidesUsage: usage !== undefined, dropped };
}

function present(found: ObjectFound, removed: ReadonlySet<Member>): readonly Member[] {
  return found.members.filter((member) => removed.has(member));
}

function disturbancesIn(body: ObjectFound, rule: Settings["reload"]): readonly Disturbing[] {
  const top = disturbing.flatMap((name) => named(body, name)).map((member) => ({ member, key: member.name }));
  const inner = named(body, "options")
    .flatMap((option) => option.inner?.members ?? [])
    .filter(({ name }) => disturbs(name))
    .map((member) => ({ member, key: `options.${member.name}` }));
  const found = [...top, ...inner];
  const first = found.find(({ member }) => says(member));
  if (rule === "refuse" && first !== undefined) throw new Disturbance(first.key);
  return found;
}

/** Ollama takes null as if nothing were there. */
function says({ kind }: Member): boolean {
  return kind !== "null";
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
