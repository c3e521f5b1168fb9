import { makeRoot, normalRoot, unusableRoot } from "../edge/authority.ts";
import { issuedText, type Issued } from "../edge/issued.ts";
import { earlierAuthority, findEarlierGateway } from "../engine/earlier-gateway.ts";
import { main, readInput } from "../support/main.ts";
import { say } from "../support/progress.ts";
import type { MakeRootInput } from "../components/certificate-authority.ts";

await main(async () => {
  const { name, network } = await readInput<MakeRootInput>();
  const gateway = await findEarlierGateway(network);
  const earlier = gateway && (await earlierAuthority(gateway.gateway));
  process.stdout.write(issuedText(earlier === undefined ? await makeRoot(name) : await takeOver(earlier, name)));
});

async function takeOver(earlier: Issued, name: string): Promise<Issued> {
  const problem = unusableRoot(earlier);
  if (problem === undefined) return normalRoot(earlier);
  say(`The earlier root is not taken over, as ${problem}: give clients the new one, the output rootCertificate`);
  return makeRoot(name);
}
