import "./require.ts";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Accounts } from "./control-groups.ts";
import type { Event } from "./decide.ts";
import { faults } from "./fault.ts";
import type { State } from "./state.ts";

const seconds = [1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600];

/** What the watcher tells of itself and the containers, in Prometheus's form. */
export class Figures {
  readonly #registry = new Registry();
  readonly #healthy = this.#gauge("watcher_server_healthy", "Whether the server has no fault", []);
  readonly #active = this.#gauge("watcher_fault_active", "Whether the server has a fault", ["fault"]);
  readonly #last = this.#gauge("watcher_last_action_timestamp_seconds", "Time of the last action", []);
  readonly #faults: Counter<"fault">;
  readonly #actions: Counter<"action" | "fault">;
  readonly #toHealthy: Histogram;
  readonly #memory = this.#gauge("container_memory_working_set_bytes", "Memory that it needs", ["name"]);
  readonly #limit = this.#gauge("container_spec_memory_limit_bytes", "Limit of its memory, 0 without", ["name"]);
  // Of the kernel's own counters, which start again with the container.
  readonly #oom = this.#gauge("container_oom_events_total", "Processes ended for want of memory", ["name"]);
  readonly #cpu = this.#gauge("container_cpu_usage_seconds_total", "Seconds of CPU", ["name"]);

  constructor() {
    const registers = [this.#registry];
    this.#faults = new Counter({
      name: "watcher_faults_total",
      help: "Faults that were noticed",
      labelNames: ["fault"],
      registers,
    });
    this.#actions = new Counter({
      name: "watcher_actions_total",
      help: "What was done about faults; none where somebody has to",
      labelNames: ["action", "fault"],
      registers,
    });
    this.#toHealthy = new Histogram({
      name: "watcher_seconds_to_healthy",
      help: "Time from noticing a fault to its end",
      buckets: seconds,
      registers,
    });
    for (const fault of faults) {
      this.#faults.inc({ fault }, 0);
      this.#active.set({ fault }, 0);
      // The first of a series is none that Prometheus would count.
      for (const action of ["reload", "restart", "none"]) this.#actions.inc({ action, fault }, 0);
    }
  }

  /** What a look has led to. */
  looked({ active }: State, healthy: boolean, events: readonly Event[]): void {
    this.#healthy.set(healthy ? 1 : 0);
    for (const fault of faults) this.#active.set({ fault }, active[fault] === undefined ? 0 : 1);
    for (const one of events) {
      if (one.event === "noticed") this.#faults.inc({ fault: one.fault });
      else if (one.event === "gone") this.#toHealthy.observe(one.seconds);
      else {
        this.#actions.inc({ action: one.action, fault: one.fault });
        if (one.action !== "none") this.#last.set(Date.now() / 1000);
      }
    }
  }

  /** Accounts of a container; undefined when it does not run. */
  accounted(name: string, accounts: Accounts | undefined): void {
    const values = [
      [this.#memory, accounts?.memory],
      [this.#limit, accounts?.limit],
      [this.#oom, accounts?.oomKills],
      [this.#cpu, accounts?.cpu],
    ] as const;
    for (const [gauge, value] of values) {
      if (value === undefined) gauge.remove({ name });
      else gauge.set({ name }, value);
    }
  }

  /** All figures as text. */
  async text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** The type of that text. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  #gauge<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Gauge<Label> {
    return new Gauge({ name, help, labelNames, registers: [this.#registry] });
  }
}
