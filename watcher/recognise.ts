import type { Fault } from "./fault.ts";
import type { Observation } from "./observation.ts";
import type { Settings } from "./settings.ts";
import type { State } from "./state.ts";

/** A fault as a look shows it. */
export interface Symptom {
  readonly reason: string;
  readonly model?: string | undefined;
}

/** Faults that a look shows; null where it shows that the fault is gone, nothing where it cannot tell. */
export type Symptoms = Readonly<Partial<Record<Fault, Symptom | null | undefined>>>;

/** Looks in a row without an answer that make a fault. */
const silentLooks = 3;

/** By how much the share on GPUs may fall. */
const shareTolerance = 0.1;

/** Questions in a row that fail before that is a fault. */
const failedQuestions = 2;

/** What a look shows, given what was remembered before and has been brought up to this look. */
export function recognise(settings: Settings, before: State, state: State, seen: Observation, now: number): Symptoms {
  return {
    "not-answering": silence(settings, state, seen, now),
    ...(seen.answers ? { ...answering(settings, state, seen, now), ...placed(settings, before, seen) } : {}),
    ...outOfMemory(settings, before, seen, now),
  };
}

function silence({ timeout }: Settings, { silent, process }: State, seen: Observation, now: number): Symptom | null {
  if (silent === undefined) return null;
  if (seen.process === undefined) return { reason: "the server does not run" };
  const seconds = Math.round(now - silent.since);
  const long = silent.looks >= silentLooks && now - silent.since >= timeout / 4;
  // One that has just been started has that long to come up.
  const starting = process === undefined || now - process.since < timeout / 2;
  if (!long || starting) return null;
  return { reason: `the server has not told its version for ${seconds} s` };
}

function answering(settings: Settings, state: State, seen: Observation, now: number): Symptoms {
  const { missing } = seen;
  return {
    "stuck-runner": stuckRunner(settings, state, seen, now),
    "wrong-text": wrongText(state),
    "model-missing": missing.length > 0 ? { reason: `the server does not have ${missing.join(", ")}` } : null,
  };
}

function stuckRunner({ timeout }: Settings, state: State, seen: Observation, now: number): Symptom | null | undefined {
  const { progress, probe, failures, lastProbe, active, answered } = state;
  const failing = Object.entries(failures).find(([, times]) => times >= failedQuestions)?.[0];
  if (failing !== undefined) return { reason: lastProbe?.detail ?? "the question failed", model: failing };
  const known = active["stuck-runner"];
  const doubtedSince = known?.tried?.at ?? known?.since ?? now;
  const again = known?.model === undefined ? Object.values(answered) : [answered[known.model] ?? 0];
  if (known !== undefined && again.some((at) => at > doubtedSince)) return null;
  const waiting = probe !== undefined || (seen.requests?.running ?? 0) > 0;
  const since = Math.max(progress?.at ?? state.startedAt, probe?.at ?? 0);
  if (!waiting || now - since < timeout) return undefined;
  const who = probe === undefined ? "requests of clients" : "a question of the watcher";
  const model = probe?.model ?? seen.loaded?.[0]?.name;
  return { reason: `nothing has come of ${who} for ${Math.round(now - since)} s`, model };
}

function wrongText({ lastProbe, active }: State): Symptom | null | undefined {
  if (lastProbe?.result === "wrong") return { reason: lastProbe.detail, model: lastProbe.model };
  const right = lastProbe?.result === "right" && lastProbe.model === active["wrong-text"]?.model;
  return right ? null : undefined;
}

function placed({ gpu }: Settings, { onGpu }: State, { loaded }: Observation): Symptoms {
  // Where nothing is in memory, nothing says where it would lie.
  if (!gpu || loaded === undefined || loaded.length === 0) return {};
  const known = Object.values(onGpu).some((share) => share > 0);
  const off = loaded.find(({ name, size, vram }) => vram / size < (onGpu[name] ?? 0) - shareTolerance || vram === 0);
  const symptom = off && {
    reason: `${off.name} has ${off.vram} of ${off.size} bytes on GPUs`,
    model: off.name,
  };
  const lost = known && loaded.every(({ vram }) => vram === 0);
  return { "gpu-lost": lost && symptom ? symptom : null, "model-on-cpu": !lost && symptom ? symptom : null };
}

function outOfMemory({ timeout }: Settings, before: State, { oomKills }: Observation, now: number): Symptoms {
  const active = before.active["out-of-memory"];
  const more = before.oomKills !== undefined && oomKills !== undefined && oomKills > before.oomKills;
  if (more) return { "out-of-memory": { reason: "the kernel has ended a process of the server for want of memory" } };
  return active !== undefined && now - active.since >= timeout ? { "out-of-memory": null } : {};
}
