import { decide, type Event, type Order } from "../../../watcher/decide.ts";
import type { Observation } from "../../../watcher/observation.ts";
import type { Settings } from "../../../watcher/settings.ts";
import { initialState, type State } from "../../../watcher/state.ts";

export const settings: Settings = {
  server: "ollama:11434",
  usher: "usher:9465",
  containers: [{ name: "server", id: "a".repeat(64) }],
  models: [{ name: "a:1", embeds: false, preload: false }],
  gpu: false,
  startsAgain: true,
  interval: 10,
  generationInterval: 60,
  timeout: 40,
  maxActions: 3,
};

/** A look at a server that is well and has nothing to do. */
export const well: Observation = {
  process: 100,
  answers: true,
  missing: [],
  loaded: [{ name: "a:1", size: 1000, vram: 0 }],
  oomKills: 0,
  runnerSeconds: 5,
  requests: { running: 0, progress: 1, finished: { "a:1": 1 }, failed: {} },
  probed: undefined,
};

/** A look at a server that does not answer. */
export const silent: Partial<Observation> = { answers: false, loaded: undefined };

/** A look at a server that works on a request, of which nothing has come. */
export const busy: Partial<Observation> = { requests: { running: 1, progress: 1, finished: { "a:1": 1 }, failed: {} } };

/** The watcher's mind without a server: looks go in, orders and events come out, in words. */
export class Mind {
  state: State = initialState(0);
  #now = 0;
  readonly #settings: Settings;

  constructor(change: Partial<Settings> = {}) {
    this.#settings = { ...settings, ...change };
  }

  /** One look, an interval after the one before. */
  look(change: Partial<Observation> = {}): string[] {
    const { state, order, events } = decide(this.#settings, this.state, { ...well, ...change }, this.#now);
    this.state = state;
    this.#now += this.#settings.interval;
    return [...events.map(eventText), ...(order === undefined ? [] : [orderText(order)])];
  }

  /** The same look some times; empty ones are left out. */
  looks(times: number, change: Partial<Observation> = {}): string[] {
    return Array.from({ length: times }, () => this.look(change)).flat();
  }
}

function eventText(event: Event): string {
  if (event.event === "noticed") return `noticed ${event.fault}: ${event.reason}`;
  if (event.event === "gone") return `gone ${event.fault} after ${event.seconds} s and ${event.after}`;
  return `${event.action} for ${event.fault}: ${event.reason}`;
}

function orderText(order: Order): string {
  return `-> ${order.kind}${order.model === undefined ? "" : ` ${order.model}`}`;
}
