import { ControlGroups } from "./control-groups.ts";
import { decide, type Event, type Order } from "./decide.ts";
import type { Figures } from "./figures.ts";
import type { LoadedModel, Observation, Probed } from "./observation.ts";
import { Ollama } from "./ollama.ts";
import { processesOf, type ContainerProcess } from "./processes.ts";
import type { Settings, WatchedModel } from "./settings.ts";
import { initialState, type State } from "./state.ts";
import { usherRequests } from "./usher-figures.ts";

/** Most seconds for what costs the server nothing. */
const cheapLimit = 5;

/** Milliseconds in which a model that nobody uses has been let go. */
const unloadLimit = 3000;

/** Looks at a server again and again, and does what is decided. */
export class Watch {
  readonly #settings: Settings;
  readonly #figures: Figures;
  readonly #log: (line: object) => void;
  readonly #ollama: Ollama;
  readonly #groups = new ControlGroups();
  #state: State;
  #lookedAt = now();
  #probed: Probed | undefined;
  #probe: AbortController | undefined;
  #processes: readonly ContainerProcess[] = [];
  #blind = false;
  #leaves: Readonly<Record<string, number>> = {};

  constructor(settings: Settings, figures: Figures, log: (line: object) => void) {
    this.#settings = settings;
    this.#figures = figures;
    this.#log = log;
    this.#ollama = new Ollama(settings.server);
    this.#state = initialState(now());
  }

  get state(): State {
    return this.#state;
  }

  /** Whether it has looked of late. */
  get alive(): boolean {
    return now() - this.#lookedAt < 4 * cheapLimit + 3 * this.#settings.interval;
  }

  /** One look, and what it leads to. */
  async look(): Promise<void> {
    const seen = await this.#observe();
    const { state, order, events } = decide(this.#settings, this.#state, seen, now());
    this.#state = state;
    this.#lookedAt = now();
    this.#tellBlind(seen.answers && seen.process === undefined);
    // What was asked is no longer waited for.
    if (state.probe === undefined || order?.kind === "probe") this.#probe?.abort();
    this.#figures.looked(state, seen.answers && Object.keys(state.active).length === 0, events);
    for (const event of events) this.#log(described(event));
    if (order !== undefined) await this.#carryOut(order);
  }

  /** Tells once that a server answers whose processes are hidden. */
  #tellBlind(blind: boolean): void {
    if (blind && !this.#blind) this.#log({ event: "blind", reason: hiddenProcesses });
    this.#blind = blind;
  }

  async #observe(): Promise<Observation> {
    const { usher, models, containers, timeout } = this.#settings;
    const signal = AbortSignal.timeout(Math.min(cheapLimit, timeout / 2) * 1000);
    const server = containers.find(({ name }) => name === "server")?.id ?? "";
    const [answers, known, loaded, requests, processes] = await Promise.all([
      this.#ollama.answers(signal),
      this.#ollama.models(signal),
      this.#ollama.loaded(signal),
      usher === null ? undefined : usherRequests(usher, signal),
      processesOf(server),
    ]);
    this.#processes = processes;
    this.#leaves = Object.fromEntries((loaded ?? []).map(({ name, leaves }) => [name, leaves]));
    const accounts = await Promise.all(containers.map(({ id }) => this.#groups.accounts(id)));
    for (const [index, { name }] of containers.entries()) this.#figures.accounted(name, accounts[index]);
    const probed = this.#probed;
    this.#probed = undefined;
    return {
      process: processes.find(({ main }) => main)?.pid,
      answers,
      missing: known === undefined ? [] : models.filter(({ name }) => !known.includes(name)).map(({ name }) => name),
      loaded: loaded?.map(({ name, size, vram }): LoadedModel => ({ name, size, vram })),
      oomKills: accounts[containers.findIndex(({ name }) => name === "server")]?.oomKills,
      runnerSeconds: processes.filter(({ main }) => !main).reduce((sum, { seconds }) => sum + seconds, 0),
      requests,
      probed,
    };
  }

  async #carryOut(order: Order): Promise<void> {
    const model = this.#settings.models.find(({ name }) => name === order.model);
    if (order.kind === "probe") this.#ask(model);
    else if (order.kind === "reload") await this.#reload(model, order.fault === "stuck-runner");
    else this.#end(this.#processes.filter(({ main }) => main));
  }

  #ask(model: WatchedModel | undefined): void {
    if (model === undefined) return;
    const controller = new AbortController();
    this.#probe = controller;
    void this.#ollama.ask(model, this.#keepAlive(model), controller.signal).then((probed) => {
      if (!controller.signal.aborted) this.#probed = probed;
    });
  }

  /** For as long as the model would have stayed: a question of the watcher is to keep nothing in memory. */
  #keepAlive({ name, preload }: WatchedModel): string {
    const left = ((this.#leaves[name] ?? Number.NaN) - Date.now()) / 1000;
    if (preload || left > 10 * 365 * 86_400) return "-1s";
    return left > 1 ? `${Math.ceil(left)}s` : "1s";
  }

  /** Has the server let go of a model; the question that follows loads it again. */
  async #reload(model: WatchedModel | undefined, stuck: boolean): Promise<void> {
    const signal = AbortSignal.timeout(unloadLimit);
    // Ollama waits for those who wait for a stuck runner, so it is ended first: they get an error at once.
    if (stuck) this.#end(this.#processes.filter(({ main }) => !main));
    if (model === undefined) return;
    await this.#ollama.unload(model, signal);
  }

  #end(processes: readonly ContainerProcess[]): void {
    for (const { pid } of processes) {
      try {
        process.kill(pid, "SIGKILL");
      } catch (error) {
        this.#log({ event: "not-ended", pid, reason: (error as NodeJS.ErrnoException).code });
      }
    }
  }
}

/** Why nothing can be ended though the server answers. */
const hiddenProcesses =
  "the server answers, and none of its processes is to be seen, so it cannot be started again: " +
  "see that this container has the host's PID namespace (--pid host), and that nothing of the host hides processes from it";

/** Seconds of a clock that does not go back. */
function now(): number {
  return performance.now() / 1000;
}

function described(event: Event): object {
  return event.event === "gone" ? { ...event, seconds: Math.round(event.seconds * 10) / 10 } : event;
}
