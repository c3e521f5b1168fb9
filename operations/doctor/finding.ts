/** What `--fix` may do about a finding; none of it loses anything. */
export type Fix = "start" | "reconnect" | "up" | "replace" | "reload" | "restart";

/** Something that is wrong, what shows it, and what to do. */
export interface Finding {
  /** For example `stuck-runner`; the same in every version. */
  readonly id: string;
  /** `error`: clients are not served, or will not be soon. */
  readonly severity: "error" | "warning";
  readonly found: string;
  /** Figures and lines that show it; none of them holds a prompt, an answer or a secret. */
  readonly evidence: readonly string[];
  /** What to do, as sentences with whole commands. */
  readonly advice: readonly string[];
  readonly fix?: Fix;
}

/** A symptom as operators tell of it. */
export const symptoms = ["no-answer", "out-of-memory", "slow"] as const;

/** A symptom as operators tell of it. */
export type Symptom = (typeof symptoms)[number];
