import { checkReadiness } from "../engine/check-readiness.ts";
import { requireGateway } from "../gateway/probe.ts";
import { checkCertificate } from "./check-certificate.ts";
import type { StackOutputs } from "./outputs.ts";

/**
 * Has the models of a running stack answer, and shows that clients reach the gateway.
 * @throws Failure that names what does not work, and what was seen instead
 */
export async function checkHealth(outputs: StackOutputs): Promise<void> {
  await checkModel(outputs);
  await checkGateway(outputs);
}

/** Has the models of a running stack answer, as {@link checkHealth}. */
export async function checkModel({ readiness }: StackOutputs): Promise<void> {
  await checkReadiness(readiness);
}

/** Shows that clients reach the gateway of a running stack, where there is one, as {@link checkHealth}. */
export async function checkGateway({ gatewayStatus }: StackOutputs): Promise<void> {
  if (gatewayStatus === undefined) return;
  const { url, certificate, calledBy } = gatewayStatus;
  await requireGateway(url);
  process.stdout.write(`The gateway asks for tokens at ${url}\n`);
  if (certificate === null) return;
  await checkCertificate({ url, file: certificate, calledBy: calledBy ?? { hosts: [], address: undefined } });
}
