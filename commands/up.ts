import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../support/failure.ts";
import { main } from "../support/main.ts";
import { hasPassphrase, passphraseEnvironment, passphraseFile } from "../runner/passphrase.ts";
import { pulumiCommand, pulumiEnvironment } from "../runner/pulumi-cli.ts";
import { projectFolder } from "../support/project-folder.ts";
import { say } from "../support/progress.ts";

/**
 * Stops before a new passphrase is written beside a stack file that was encrypted with another one.
 */
function refuseForeignPassphrase(stack: string): void {
  if (hasPassphrase()) return;
  const file = `Pulumi.${stack}.yaml`;
  const path = join(projectFolder, file);
  if (!existsSync(path) || !/^encryptionsalt:/m.test(readFileSync(path, "utf8"))) return;
  throw new Failure(
    `${file} carries the encryptionsalt of a passphrase that is not here: copy that passphrase to ${passphraseFile}, ` +
      "set PULUMI_CONFIG_PASSPHRASE_FILE, or remove the line encryptionsalt to start with a new one",
  );
}

await main(() => {
  const [stack, ...rest] = process.argv.slice(2);
  if (stack === undefined) throw new Failure("Name the stack, for example: npm run up:dev");
  refuseForeignPassphrase(stack);
  const env = { ...pulumiEnvironment(), ...passphraseEnvironment() };
  const pulumi = (...args: string[]) => {
    say(`$ pulumi ${args.join(" ")}`);
    const { status, error } = spawnSync(pulumiCommand(), args, { cwd: projectFolder, env, stdio: "inherit" });
    if (error) throw error;
    return status ?? 1;
  };
  if (pulumi("stack", "select", "--create", stack) !== 0)
    throw new Failure(`Pulumi could not select the stack ${stack}`);
  // Without a terminal nobody can answer Pulumi's question.
  const yes = process.stdin.isTTY ? [] : ["--yes"];
  process.exitCode = pulumi("up", "--stack", stack, ...yes, ...rest);
});
