/** Asks the master for its workers; {@link parseWorkers} reads the answer. */
export const askWorkers = "show proc";

/** Process IDs of the workers: the one that takes requests in, and those that only finish theirs after a reload. */
export function parseWorkers(answer: string): number[] {
  return answer.split("\n").flatMap((line) => {
    const [pid, type] = line.split(/\s+/);
    return type === "worker" ? [Number(pid)] : [];
  });
}

/** A command for one of the workers, by way of the master. */
export function toWorker(pid: number, command: string): string {
  return `@!${pid} ${command}`;
}

/** Asks a worker which version of the static files it runs. */
export const askVersion = "show env EDGE_VERSION";

/** The version in an answer to {@link askVersion}; undefined where there is none. */
export function parseVersion(answer: string): string | undefined {
  return /^EDGE_VERSION=(\S+)$/m.exec(answer)?.[1];
}

/** Has the master start a worker with what the files say now. */
export const reloadCommand = "reload";

/** Why a reload failed, in HAProxy's words; undefined when it did not. */
export function reloadFailure(answer: string): string | undefined {
  if (answer.startsWith("Success=1")) return undefined;
  const alerts = answer.split("\n").flatMap((line) => /^\[ALERT\] +\(\d+\) : (.*)$/.exec(line)?.[1] ?? []);
  const [alert = answer.trim().split("\n").at(-1) ?? ""] = alerts;
  return alert === "" ? "it gave no answer" : alert;
}
