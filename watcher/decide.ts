import { faults, remedies, type Action, type Fault } from "./fault.ts";
import type { Observation } from "./observation.ts";
import { nextProbe } from "./next-probe.ts";
import { recognise, type Symptoms } from "./recognise.ts";
import { remember } from "./remember.ts";
import type { Settings } from "./settings.ts";
import type { ActiveFault, State } from "./state.ts";

/** Something to do. */
export type Order =
  | { readonly kind: "probe"; readonly model: string }
  | { readonly kind: Exclude<Action, "none">; readonly fault: Fault; readonly model: string | undefined };

/** Something to tell. */
export type Event =
  | { readonly event: "noticed"; readonly fault: Fault; readonly reason: string }
  | { readonly event: "acted"; readonly fault: Fault; readonly action: Action; readonly reason: string }
  | { readonly event: "gone"; readonly fault: Fault; readonly seconds: number; readonly after: Action };

/** What becomes of a look. */
export interface Decision {
  readonly state: State;
  readonly order: Order | undefined;
  readonly events: readonly Event[];
}

const hour = 3600;

/** What is remembered, done and told after a look; the same for the same. */
export function decide(settings: Settings, before: State, seen: Observation, now: number): Decision {
  const state = remember(settings, before, seen, now);
  const symptoms = recognise(settings, before, state, seen, now);
  const events: Event[] = [];
  const active: Partial<Record<Fault, ActiveFault>> = { ...state.active };
  for (const fault of faults) {
    const symptom = symptoms[fault];
    if (symptom === undefined) continue;
    const known = active[fault];
    if (symptom === null) {
      if (known === undefined) continue;
      const after = known.tried?.action ?? "none";
      events.push({ event: "gone", fault, seconds: now - known.since, after });
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the record has the active ones alone
      delete active[fault];
    } else if (known === undefined) {
      active[fault] = { since: now, ...symptom };
      events.push({ event: "noticed", fault, reason: symptom.reason });
    }
  }
  const actions = state.actions.filter((at) => now - at < hour);
  const next: State = { ...state, active, actions };
  const acted = act(settings, next, symptoms, seen, now);
  if (acted !== undefined) return { ...acted, events: [...events, ...acted.events] };
  const model = nextProbe(settings, next, seen, now);
  if (model === undefined) return { state: next, order: undefined, events };
  const loaded = (seen.loaded ?? []).some(({ name }) => name === model);
  return { state: { ...next, probe: { model, at: now, loaded } }, order: { kind: "probe", model }, events };
}

/** Does the next thing about the first fault that still shows. */
function act(
  settings: Settings,
  state: State,
  symptoms: Symptoms,
  seen: Observation,
  now: number,
): Decision | undefined {
  const tried = Object.values(state.active).flatMap((fault) => fault.tried?.at ?? []);
  // What was done gets its time; two things at once would hide which of them has helped.
  if (tried.some((at) => now - at < settings.timeout)) return undefined;
  for (const fault of faults) {
    const known = state.active[fault];
    const symptom = symptoms[fault];
    if (known === undefined || !symptom) continue;
    if (known.toldAt !== undefined && now - known.toldAt < hour) continue;
    const { action, why } = choose(settings, fault, known, state, seen);
    const reason = why === undefined ? symptom.reason : `${symptom.reason}; ${why}`;
    const events: Event[] = [{ event: "acted", fault, action, reason }];
    const withFault = (changed: Partial<ActiveFault>) => ({
      ...state.active,
      [fault]: { ...known, ...changed },
    });
    if (action === "none") return { state: { ...state, active: withFault({ toldAt: now }) }, order: undefined, events };
    const model = symptom.model ?? known.model;
    return {
      // What was asked before is of no more use, and what was found out neither.
      state: {
        ...state,
        active: withFault({ tried: { action, at: now }, toldAt: undefined, model }),
        actions: [...state.actions, now],
        lastAction: { action, fault, at: now },
        probe: undefined,
        failures: {},
        lastProbe: undefined,
        progress: state.progress && { ...state.progress, at: now },
      },
      order: { kind: action, fault, model },
      events,
    };
  }
  return undefined;
}

function choose(
  { maxActions, startsAgain }: Settings,
  fault: Fault,
  { tried, toldAt }: ActiveFault,
  { actions }: State,
  seen: Observation,
): { readonly action: Action; readonly why?: string } {
  const list = remedies[fault];
  if (list.length === 0) return { action: "none", why: "nothing that the watcher may do would help" };
  if (seen.process === undefined) return { action: "none", why: "there is no process to end; the engine starts it" };
  if (actions.length >= maxActions) return { action: "none", why: `${actions.length} actions in an hour are enough` };
  const action = list[tried === undefined || toldAt !== undefined ? 0 : list.indexOf(tried.action) + 1];
  if (action === undefined) return { action: "none", why: "everything was tried" };
  if (action === "restart" && !startsAgain)
    return { action: "none", why: "nothing would start the server again (restart: no)" };
  return { action };
}
