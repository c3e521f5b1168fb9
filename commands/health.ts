import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Failure } from "../ollama/failure.ts";
import { checkReadiness, type GateInput } from "./support/check-readiness.ts";
import { main, stackArgument } from "./support/main.ts";
import { passphraseEnvironment } from "./support/passphrase.ts";
import { projectFolder, pulumiCommand, pulumiEnvironment } from "./support/pulumi.ts";

const execute = promisify(execFile);

await main(async () => {
  const stack = stackArgument("health");
  const args = ["stack", "output", "readiness", "--json", "--stack", stack];
  const env = { ...pulumiEnvironment(), ...passphraseEnvironment() };
  const { stdout } = await execute(pulumiCommand(), args, { cwd: projectFolder, env }).catch((error: unknown) => {
    const { stderr = "", message } = error as Error & { stderr?: string };
    throw new Failure(`The stack ${stack} has not been brought up here: ${stderr.trim() || message}`);
  });
  await checkReadiness(JSON.parse(stdout) as GateInput);
});
