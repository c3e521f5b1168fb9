/** A container of the stack, as figures name it. */
export interface WatchedContainer {
  readonly name: string;
  /** Its ID in the engine, 64 hexadecimal digits. */
  readonly id: string;
}

/** A model that is looked after. */
export interface WatchedModel {
  readonly name: string;
  /** Whether it makes embeddings alone. */
  readonly embeds: boolean;
  /** Whether it is to be in memory all the time. */
  readonly preload: boolean;
}

/** What the watcher goes by; there is no secret in it. */
export interface Settings {
  /** `host:port` of Ollama. */
  readonly server: string;
  /** `host:port` of the usher's figures; null without a gateway. */
  readonly usher: string | null;
  /** The server's under the name `server`, and the others of the stack. */
  readonly containers: readonly WatchedContainer[];
  readonly models: readonly WatchedModel[];
  /** Whether the models are to lie on a GPU. */
  readonly gpu: boolean;
  /** Whether the engine starts a server again that was killed. */
  readonly startsAgain: boolean;
  /** Seconds from one look to the next. */
  readonly interval: number;
  /** Seconds for which a model may have answered nobody. */
  readonly generationInterval: number;
  /** Seconds in which something has to come of an answer. */
  readonly timeout: number;
  /** Most actions in an hour. */
  readonly maxActions: number;
}

/** Environment variable of the watcher's container that holds the settings. */
export const settingsVariable = "WATCHER_SETTINGS";

/**
 * Settings from their JSON.
 * @throws Error that says what was got
 */
export function parseSettings(json: string | undefined): Settings {
  const settings = JSON.parse(json ?? "null") as Settings | null;
  if (settings === null) throw new Error(`${settingsVariable} is not set; write the settings as JSON`);
  for (const key of ["interval", "generationInterval", "timeout"] as const)
    if (!(settings[key] > 0)) throw new Error(`${key} of the settings is ${settings[key]}; write seconds above 0`);
  for (const { name, id } of settings.containers)
    if (!/^[0-9a-f]{64}$/.test(id)) throw new Error(`the ID of ${name} is ${id}; write 64 hexadecimal digits`);
  return settings;
}
