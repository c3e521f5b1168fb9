import { MiB } from "../support/units.ts";

/** What haproxy.cfg is filled in with; a change of it is a reload. */
export interface EdgeSettings {
  /** Whether clients come by TLS, with the certificate in its file. */
  readonly tls: boolean;
  /** Requests that the server answers at once. */
  readonly slots: number;
  /** Greatest length of a request's body, MiB. */
  readonly maxBody: number;
  /** Time in which a request has to be sent, seconds. */
  readonly readTimeout: number;
  /** How long requests wait for a server that is not there, or for their turn, seconds. */
  readonly holdTimeout: number;
}

/** Pause between two attempts to reach a server, seconds; `timeout connect` in haproxy.cfg. */
const attemptSeconds = 0.5;

/**
 * How far each of its client's others puts a request back, milliseconds, and how far all of them do at most.
 *
 * HAProxy compares moments within 524 s alone, of which the longest wait takes the rest.
 */
const rankStep = 10_000;
const mostBack = 120_000;

/** What the settings are called in haproxy.cfg. */
function variables({ tls, slots, maxBody, readTimeout, holdTimeout }: EdgeSettings): Record<string, string> {
  return {
    TLS: tls ? "on" : "off",
    SLOTS: String(slots),
    MAX_BODY: String(maxBody * MiB),
    READ_TIMEOUT: milliseconds(readTimeout),
    HOLD_TIMEOUT: milliseconds(holdTimeout),
    HOLD_RETRIES: String(Math.max(1, Math.ceil(holdTimeout / attemptSeconds))),
    RANK_STEP: String(Math.min(rankStep, Math.floor(mostBack / slots))),
  };
}

/** A duration as HAProxy reads it. */
function milliseconds(seconds: number): string {
  return `${Math.max(1, Math.ceil(seconds * 1000))}ms`;
}

/** A file of HAProxy that sets variables for those that are read after it. */
export function variablesText(title: string, values: Readonly<Record<string, string>>): string {
  const lines = Object.entries(values).map(([name, value]) => `  setenv ${name} ${value}`);
  return [`# ${title}`, "global", ...lines, ""].join("\n");
}

/** settings.cfg: the first of the files. */
export function settingsText(settings: EdgeSettings, version: string): string {
  return variablesText("What haproxy.cfg is filled in with, and which version of both it is.", {
    ...variables(settings),
    EDGE_VERSION: version,
  });
}
