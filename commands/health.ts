import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Failure } from "../support/failure.ts";
import type { GatewayStatus } from "../components/gateway.ts";
import { endOf, expiryNote } from "../gateway/certificate.ts";
import { requireGateway } from "../gateway/probe.ts";
import { checkReadiness } from "../engine/check-readiness.ts";
import { type GateInput } from "../components/readiness-gate.ts";
import { main, stackArgument } from "../support/main.ts";
import { passphraseEnvironment } from "../runner/passphrase.ts";
import { pulumiCommand, pulumiEnvironment } from "../runner/pulumi-cli.ts";
import { projectFolder } from "../support/project-folder.ts";

/** Outputs of a stack that this reads. */
interface Outputs {
  readonly readiness: GateInput;
  readonly gatewayStatus?: GatewayStatus;
}

const execute = promisify(execFile);

await main(async () => {
  const stack = stackArgument("health");
  const args = ["stack", "output", "--json", "--stack", stack];
  const env = { ...pulumiEnvironment(), ...passphraseEnvironment() };
  const { stdout } = await execute(pulumiCommand(), args, { cwd: projectFolder, env }).catch((error: unknown) => {
    const { stderr = "", message } = error as Error & { stderr?: string };
    throw new Failure(`The stack ${stack} has not been brought up here: ${stderr.trim() || message}`);
  });
  const { readiness, gatewayStatus } = JSON.parse(stdout) as Outputs;
  await checkReadiness(readiness);
  if (gatewayStatus !== undefined) await checkGateway(gatewayStatus);
});

/** Shows that clients reach the gateway, and how long its certificate lasts. */
async function checkGateway({ url, certificate }: GatewayStatus): Promise<void> {
  await requireGateway(url);
  process.stdout.write(`The gateway asks for tokens at ${url}\n`);
  if (certificate === null) return;
  const { text, warning } = expiryNote(certificate, new Date(await endOf(certificate)));
  process.stdout.write(warning ? `WARNING: ${text}\n` : `${text}\n`);
}
