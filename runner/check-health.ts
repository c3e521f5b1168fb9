import type { GatewayStatus } from "../components/gateway.ts";
import type { GateInput } from "../components/readiness-gate.ts";
import { checkReadiness } from "../engine/check-readiness.ts";
import { requireGateway } from "../gateway/probe.ts";
import { checkCertificate } from "./check-certificate.ts";
import type { StackOutputs } from "./outputs.ts";

/**
 * Has the model of a running stack answer, and shows that clients reach the gateway.
 * @throws Failure that names what does not work, and what was seen instead
 */
export async function checkHealth({ readiness, gatewayStatus }: StackOutputs): Promise<void> {
  await checkReadiness(current(readiness));
  if (gatewayStatus !== undefined) await checkGateway(gatewayStatus);
}

/** The first version wrote the timeout down under another name, and its stacks are healthy before they are brought up anew. */
function current({ timeoutSeconds, ...readiness }: GateInput & { readonly timeoutSeconds?: number }): GateInput {
  return timeoutSeconds === undefined ? readiness : { ...readiness, timeout: timeoutSeconds };
}

async function checkGateway({ url, certificate, calledBy }: GatewayStatus): Promise<void> {
  await requireGateway(url);
  process.stdout.write(`The gateway asks for tokens at ${url}\n`);
  if (certificate === null) return;
  await checkCertificate({ url, file: certificate, calledBy: calledBy ?? { hosts: [], address: undefined } });
}
