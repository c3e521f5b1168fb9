import { endOf, issueCertificate, unusableRoot } from "../edge/authority.ts";
import { issuedText } from "../edge/issued.ts";
import { Failure } from "../support/failure.ts";
import { main, readInput } from "../support/main.ts";
import { say } from "../support/progress.ts";
import type { IssueCertificateInput } from "../components/certificate-authority.ts";

/** How long before its end a root is warned of: two years, in which a certificate is issued once at least. */
const warned = 2 * 366 * 24 * 3600 * 1000;

const advice =
  "replace the step that made it (`pulumi up --replace URN`, as `pulumi stack --show-urns` has it), and give clients the output rootCertificate";

await main(async () => {
  const { root, names } = await readInput<IssueCertificateInput>();
  const problem = unusableRoot(root);
  if (problem !== undefined) throw new Failure(`The gateway's root can issue no certificate, as ${problem}: ${advice}`);
  const end = endOf(root);
  if (end.getTime() - Date.now() < warned)
    say(`The gateway's root ends on ${end.toISOString().slice(0, 10)}: before that, ${advice}`);
  process.stdout.write(issuedText(await issueCertificate({ root, names })));
});
