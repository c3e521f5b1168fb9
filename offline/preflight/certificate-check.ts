import { lifetime, warningDays } from "../../gateway/certificate-dates.ts";
import { isBlocking } from "../../gateway/finding.ts";
import { blocking, ok, warning, type Check, type Needs, type Verdict } from "./check.ts";
import type { Facts } from "./facts.ts";

/** Whether the gateway has a certificate that its clients will accept for a while. */
export function certificateChecks({ certificate: facts, host }: Facts, { certificate: file, tls }: Needs): Check[] {
  if (file === null) return [];
  const names = tls === undefined || tls.hosts.length === 0 ? "" : ` for ${tls.hosts.join(", ")}`;
  const needed = `a certificate${names} in ${file}, its key and its chain, for ${warningDays} days or more`;
  return [{ name: "certificate", needed, ...verdict(file, facts, new Date(host.now)) }];
}

function verdict(file: string, facts: Facts["certificate"], now: Date): Verdict {
  if (facts === null) return warning(`${file} could not be looked at`, "look whether the disk that it is on answers");
  const { findings, ends } = facts;
  if (findings.length === 0 && ends !== null) return ok(`${file} ${lifetime(new Date(ends), now)}`);
  const judge = findings.some(isBlocking) ? blocking : warning;
  // What stands in the way comes first.
  const sorted = [...findings.filter(isBlocking), ...findings.filter((finding) => !isBlocking(finding))];
  return judge(sorted.map(({ found }) => found).join("; "), sorted.map(({ advice }) => advice).join("; "));
}
