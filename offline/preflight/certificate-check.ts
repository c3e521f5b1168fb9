import { daysUntil, lifetime, warningDays } from "../../gateway/certificate.ts";
import { blocking, ok, warning, type Check, type Needs, type Verdict } from "./check.ts";
import type { Facts } from "./facts.ts";

/** Whether the gateway has a certificate that its clients will accept for a while. */
export function certificateChecks({ certificateEnds, host }: Facts, { certificate }: Needs): Check[] {
  if (certificate === null) return [];
  const needed = `a certificate in ${certificate}, for ${warningDays} days or more`;
  return [{ name: "certificate", needed, ...verdict(certificate, certificateEnds, new Date(host.now)) }];
}

function verdict(file: string, ends: string | null, now: Date): Verdict {
  if (ends === null)
    return blocking(
      `${file} is not there, or holds no certificate`,
      "put the certificate and its key where gateway.tls names them, as PEM",
    );
  const days = daysUntil(new Date(ends), now);
  const found = `${file} ${lifetime(new Date(ends), now)}`;
  const advice = "get a new certificate, put it there, and deploy again";
  if (days < 0) return blocking(found, advice);
  return days < warningDays ? warning(found, advice) : ok(found);
}
