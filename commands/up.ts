import { spawnSync } from "node:child_process";
import { Failure } from "../ollama/failure.ts";
import { main } from "./support/main.ts";
import { passphraseEnvironment } from "./support/passphrase.ts";
import { projectFolder, pulumiCommand, pulumiEnvironment } from "./support/pulumi.ts";
import { say } from "./support/progress.ts";

await main(async () => {
  const [stack, ...rest] = process.argv.slice(2);
  if (stack === undefined) throw new Failure("Name the stack, for example: npm run up:dev");
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
  await Promise.resolve();
});
