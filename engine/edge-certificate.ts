import { certificateText } from "../edge/certificate.ts";
import { say } from "../support/progress.ts";
import { lifetime } from "../gateway/certificate-dates.ts";
import { readKeyPair } from "../gateway/certificate.ts";
import type { EdgeTls } from "../gateway/edge-tls.ts";

/**
 * What the edge shows, as its file has it; undefined for plain HTTP.
 * @throws Failure that says what is wrong with the files
 */
export async function edgeCertificate(tls: EdgeTls): Promise<string | undefined> {
  if (tls.mode === "none") return undefined;
  if (tls.mode === "internal") return certificateText(tls.certificate, tls.key);
  const { ends, certificate, key } = await readKeyPair(tls);
  say(`The certificate ${tls.certificate} ${lifetime(ends, new Date())}`);
  return certificateText(certificate, key);
}
