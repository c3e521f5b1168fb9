/** What is done with what would load a model again, or unload it, for everyone. */
const reloadRules = ["drop", "refuse"] as const;

/** A client, as the edge names it. */
export interface ClientSettings {
  readonly name: string;
  /** Models that it may use; null for all that are served. */
  readonly models: readonly string[] | null;
  /** Most tokens of an answer; null for no limit. */
  readonly maxTokens: number | null;
  /** Whether what would load a model again is passed on for it. */
  readonly allowReload: boolean;
}

/** A model that is kept in another way than Ollama keeps it by default. */
export interface KeptModel {
  readonly model: string;
  /** How long it stays in memory without a request, as Ollama reads it. */
  readonly keepAlive: string;
  /** Whether it is loaded when it is not in memory, and stays there. */
  readonly preload: boolean;
  /** Whether it makes embeddings alone, which has it loaded in another way. */
  readonly embeds: boolean;
}

/** What the usher goes by; it comes from outside and can change at any time. */
export interface Settings {
  /** `host:port` of Ollama. */
  readonly upstream: string;
  /** Most bytes of a request's body. */
  readonly maxBody: number;
  /** Seconds in which the whole body has to be there. */
  readonly readTimeout: number;
  /** Seconds that an answer may take. */
  readonly requestTimeout: number;
  /** Seconds for which a request waits for an Ollama that is not there. */
  readonly holdTimeout: number;
  /** Seconds for which answers may go on after the usher was told to stop. */
  readonly drainTimeout: number;
  readonly reload: (typeof reloadRules)[number];
  /** Names of the models that are served. */
  readonly models: readonly string[];
  readonly kept: readonly KeptModel[];
  readonly clients: readonly ClientSettings[];
}

/** Settings are not what they should be; the message is a sentence. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

type Check = (value: unknown) => string | undefined;

const upstream: Check = (value) =>
  typeof value === "string" && /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):\d{1,5}$/.test(value)
    ? undefined
    : "HOST:PORT, for example ollama:11434";

const bytes: Check = (value) => (isWhole(value) && value > 0 ? undefined : "a whole number of bytes above 0");
const seconds: Check = (value) =>
  typeof value === "number" && value > 0 && value <= 604_800
    ? undefined
    : "a number of seconds above 0, 604800 at most";
const tokens: Check = (value) =>
  value === null || (isWhole(value) && value > 0) ? undefined : "a whole number of tokens above 0, or null";
const boolean: Check = (value) => (typeof value === "boolean" ? undefined : "true or false");
const reload: Check = (value) =>
  reloadRules.some((rule) => rule === value) ? undefined : reloadRules.map((rule) => `"${rule}"`).join(" or ");
const name: Check = (value) =>
  typeof value === "string" && /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(value)
    ? undefined
    : "letters, digits, '.', '_' and '-', 64 at most";
const names: Check = (value) =>
  Array.isArray(value) && value.every((one) => typeof one === "string" && one !== "") ? undefined : "a list of names";
const namesOrNull: Check = (value) => (value === null ? undefined : names(value) && "a list of names, or null");

const text: Check = (value) => (typeof value === "string" && value !== "" ? undefined : "a name");
const duration: Check = (value) =>
  typeof value === "string" && /^(0|-?(\d+(\.\d+)?(ms|s|m|h))+)$/.test(value)
    ? undefined
    : "a duration with its unit, for example 10m, or -1s for ever";

const keptChecks: Readonly<Record<keyof KeptModel, Check>> = {
  model: text,
  keepAlive: duration,
  preload: boolean,
  embeds: boolean,
};

const clientChecks: Readonly<Record<keyof ClientSettings, Check>> = {
  name,
  models: namesOrNull,
  maxTokens: tokens,
  allowReload: boolean,
};

const checks: Readonly<Record<keyof Settings, Check>> = {
  upstream,
  maxBody: bytes,
  readTimeout: seconds,
  requestTimeout: seconds,
  holdTimeout: seconds,
  drainTimeout: seconds,
  reload,
  models: names,
  kept: (value) => (Array.isArray(value) ? undefined : "a list of models"),
  clients: (value) => (Array.isArray(value) ? undefined : "a list of clients"),
};

/**
 * Settings from their JSON.
 * @throws SettingsError that says what was got, and what is allowed
 */
export function parseSettings(json: string): Settings {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new SettingsError(`the settings are not JSON: ${(error as Error).message}`);
  }
  checkObject("the settings", value, checks);
  const settings = value as Settings;
  for (const [index, kept] of settings.kept.entries()) checkKept(`kept[${index}]`, kept, settings.models);
  const again = firstTwice(settings.kept.map(({ model }) => model));
  if (again !== undefined) throw new SettingsError(`kept has ${again} twice; name each model once`);
  for (const [index, client] of settings.clients.entries()) checkObject(`clients[${index}]`, client, clientChecks);
  const twice = firstTwice(settings.clients.map((client) => client.name));
  if (twice !== undefined) throw new SettingsError(`clients has ${twice} twice; name each client once`);
  return settings;
}

function firstTwice(all: readonly string[]): string | undefined {
  return all.find((one, index) => all.indexOf(one) !== index);
}

function checkKept(what: string, kept: KeptModel, models: readonly string[]): void {
  checkObject(what, kept, keptChecks);
  const { model, keepAlive, preload } = kept;
  if (!models.includes(model))
    throw new SettingsError(`model of ${what} is ${shown(model)}; write one of models: ${models.join(", ")}`);
  // It would leave, and be loaded again and again.
  if (preload && !keepAlive.startsWith("-"))
    throw new SettingsError(`keepAlive of ${what}, which has preload, is ${shown(keepAlive)}; write -1s`);
}

function checkObject(what: string, value: unknown, known: Readonly<Record<string, Check>>): void {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new SettingsError(`${what} are ${shown(value)}; write an object with ${Object.keys(known).join(", ")}`);
  const given = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(given))
    if (!(key in known))
      throw new SettingsError(`${what} have the unknown key ${shown(key)}; known are ${Object.keys(known).join(", ")}`);
  for (const [key, check] of Object.entries(known)) {
    const allowed = check(given[key]);
    if (allowed !== undefined) throw new SettingsError(`${key} of ${what} is ${shown(given[key])}; write ${allowed}`);
  }
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function shown(value: unknown): string {
  return value === undefined ? "not there" : JSON.stringify(value).slice(0, 200);
}
