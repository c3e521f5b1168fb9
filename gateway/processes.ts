import { socket } from "./caddy-parts.ts";

/** A Caddy process that knows the clients. */
export type RulesProcess = "rules-a" | "rules-b";

/**
 * A Caddy process in the gateway's container.
 *
 * A reload of Caddy can close a connection that it has just accepted, without an answer. So the `door`, to which clients
 * connect and where requests wait, keeps its configuration, and finds in files whom to ask. Of the two processes with
 * rules it asks one; other rules go to the one that is not asked, which is asked from then on.
 */
export type CaddyProcess = "door" | RulesProcess;

const rulesProcesses: readonly RulesProcess[] = ["rules-a", "rules-b"];

/** The process that gets the next rules. */
export function otherRules(asked: string | undefined): RulesProcess {
  return asked === "rules-a" ? "rules-b" : "rules-a";
}

/** Folder of the gateway's volume: what its processes know, and keys and certificates that it makes itself. */
export const dataFolder = "/var/lib/gateway";

/** Files that are read for every request, so that what they say takes no reload. */
export const activeFiles = {
  /** Name of the process with the rules. */
  rules: `${dataFolder}/rules`,
  /** `host:port` of the server. */
  upstream: `${dataFolder}/upstream`,
} as const;

/** A file that is read for every request. */
export type ActiveFile = keyof typeof activeFiles;

/** What an active file says, as Caddy reads it. */
export function active(name: ActiveFile): string {
  return `{file.${activeFiles[name]}}`;
}

/** Address by which the configuration of a process is changed, in the container alone. */
export function adminSocket(process: CaddyProcess): string {
  return socket(`${process}-admin`);
}

/** Folder with the last configuration that a process was given. */
const configFolder = (process: CaddyProcess) => `${dataFolder}/config/${process}`;

/** File in which Caddy keeps that configuration. */
export function savedConfig(process: CaddyProcess): string {
  return `${configFolder(process)}/caddy/autosave.json`;
}

/** Environment of a process. */
export function environmentOf(process: CaddyProcess): readonly string[] {
  return [`CADDY_ADMIN=${adminSocket(process)}`, `XDG_CONFIG_HOME=${configFolder(process)}`];
}

/** Command of a process, which goes on with the last configuration it was given. */
const run = "caddy run --resume";

/** One of those that are started again when they end, while requests wait at the door. */
const restarted = (process: RulesProcess) => `while :; do ${environmentOf(process).join(" ")} ${run}; sleep 1; done & `;

/** Command of the container, in which the door is the first process, which Docker stops and restarts. */
export const startCommand: readonly string[] = ["sh", "-c", `${rulesProcesses.map(restarted).join("")}exec ${run}`];
