import type { Observation } from "./observation.ts";
import type { Settings } from "./settings.ts";
import type { State } from "./state.ts";

/** Share of a CPU that a runner at work takes at least. */
const workingShare = 0.1;

/** The state with what a look has shown, before anything is made of it. */
export function remember({ models }: Settings, state: State, seen: Observation, now: number): State {
  const { probed, requests } = seen;
  const process =
    seen.process === undefined || seen.process === state.process?.id ? state.process : { id: seen.process, since: now };
  const progress = progressOf(state, seen, now);
  const answered = { ...state.answered };
  const failing = { ...state.failing };
  for (const { name } of models) {
    const right = probed?.model === name && probed.result === "right";
    const answers = right || (requests?.finished[name] ?? 0) > (state.finished[name] ?? 0);
    const failed = Math.max(0, (requests?.failed[name] ?? 0) - (state.failed[name] ?? 0));
    failing[name] = answers ? 0 : (failing[name] ?? 0) + failed;
    if (answers) answered[name] = now;
    answered[name] ??= now;
  }
  const failures =
    probed === undefined || probed.result === "busy"
      ? state.failures
      : { ...state.failures, [probed.model]: probed.result === "failed" ? (state.failures[probed.model] ?? 0) + 1 : 0 };
  const onGpu = { ...state.onGpu };
  for (const { name, size, vram } of seen.loaded ?? []) onGpu[name] = Math.max(onGpu[name] ?? 0, vram / size);
  return {
    ...state,
    process,
    progress,
    answered,
    asked: probed === undefined ? state.asked : { ...state.asked, [probed.model]: now },
    failures,
    onGpu,
    silent: seen.answers ? undefined : { since: state.silent?.since ?? now, looks: (state.silent?.looks ?? 0) + 1 },
    finished: requests?.finished ?? state.finished,
    failed: requests?.failed ?? state.failed,
    failing,
    probe: probed === undefined ? state.probe : undefined,
    lastProbe: probed === undefined || probed.result === "busy" ? state.lastProbe : probed,
    oomKills: seen.oomKills ?? state.oomKills,
  };
}

/** Something came of requests, or a runner works for somebody else than the watcher. */
function progressOf({ progress, probe }: State, seen: Observation, now: number): NonNullable<State["progress"]> {
  const { runnerSeconds } = seen;
  const requests = seen.requests?.progress ?? progress?.requests ?? 0;
  if (progress === undefined) return { requests, runnerSeconds, at: now };
  const worked = runnerSeconds - progress.runnerSeconds >= workingShare * (now - progress.at) && now > progress.at;
  // A runner that spins for the watcher alone is no sign of life, but for as long as it loads the model.
  const forOthers = seen.requests === undefined || seen.requests.running > 0 || probe?.loaded === false;
  const moved = requests !== progress.requests || (worked && forOthers);
  // Idle time is no lack of progress.
  const idle = seen.requests?.running === 0 && probe === undefined;
  return moved || idle ? { requests, runnerSeconds, at: now } : progress;
}
