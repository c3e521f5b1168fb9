/** What stands in the way of clients that look at a gateway's certificate, or soon will. */
export interface Finding {
  /** `blocking`: clients refuse it, or the gateway cannot use it. */
  readonly level: "blocking" | "warning";
  /** Key of `gateway` that it is about. */
  readonly about: "certificate" | "key" | "hosts";
  readonly found: string;
  readonly advice: string;
}

/** Makes findings of one level that are about the certificate. */
const about =
  (level: Finding["level"]) =>
  (found: string, advice: string): Finding => ({ level, about: "certificate", found, advice });

/** Clients refuse the certificate. */
export const blocking = about("blocking");

/** Some clients may refuse it, or soon will. */
export const warning = about("warning");

/** Whether a finding stands in the way. */
export function isBlocking({ level }: Finding): boolean {
  return level === "blocking";
}

/** A finding as one sentence. */
export function sentence({ found, advice }: Finding): string {
  return `${found}: ${advice}`;
}
