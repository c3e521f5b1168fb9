import type { Observation } from "./observation.ts";
import type { Settings, WatchedModel } from "./settings.ts";
import type { State } from "./state.ts";

/** Requests in a row with which the server fails before the watcher asks for itself; one may be its client's doing. */
const failedRequests = 3;

/** Intervals after which a model is asked also while clients get answers. */
const seldom = 10;

/** The model that is asked next: one whose fault is to be gone, else of those that are due the one that has answered nobody for longest. */
export function nextProbe(settings: Settings, state: State, seen: Observation, now: number): string | undefined {
  if (!seen.answers || state.probe !== undefined || seen.loaded === undefined) return undefined;
  const heardOf = (name: string) => Math.max(state.answered[name] ?? now, state.asked[name] ?? 0);
  const doubted = Object.entries(state.active).filter(([fault]) => fault === "stuck-runner" || fault === "wrong-text");
  const asked = doubted.map(([, { model, tried, toldAt }]) => (tried && !toldAt ? model : undefined)).find(Boolean);
  const known = settings.models.filter(({ name }) => !seen.missing.includes(name));
  if (asked !== undefined && known.some(({ name }) => name === asked)) return asked;
  const quiet = (seen.requests?.running ?? 0) === 0;
  const isDue = ({ name, preload }: WatchedModel): boolean => {
    const sinceAsked = now - (state.asked[name] ?? state.startedAt);
    const sinceHeard = now - heardOf(name);
    // One failure is none yet, and a second one tells.
    if (state.failures[name] === 1) return true;
    if ((state.failing[name] ?? 0) >= failedRequests && sinceAsked >= settings.generationInterval) return true;
    if (!preload && !seen.loaded?.some((loaded) => loaded.name === name)) return false;
    // That others get answers does not tell what is in them.
    if (sinceAsked >= seldom * settings.generationInterval) return true;
    return quiet && sinceHeard >= settings.generationInterval;
  };
  const due = known.filter(isDue).sort((a, b) => heardOf(a.name) - heardOf(b.name));
  return due[0]?.name;
}
