import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { requireStackFile } from "../config/stack-files.ts";
import { passphraseHere } from "../operations/backup/stack-source.ts";
import { mostBytes, sha256Of } from "../operations/support-bundle/archive.ts";
import { containerFiles } from "../operations/support-bundle/container-files.ts";
import { figureFiles } from "../operations/support-bundle/figure-files.ts";
import { hostFiles } from "../operations/support-bundle/host-files.ts";
import { makeBundle } from "../operations/support-bundle/make-bundle.ts";
import { secretsOfEnvironment, secretsOfState, type Secret } from "../operations/support-bundle/secret-values.ts";
import { stackFiles } from "../operations/support-bundle/stack-files.ts";
import { anyStack } from "../runner/checkout-stack.ts";
import { StackRun, stackLabelsOf } from "../runner/stack-run.ts";
import { fromCaller } from "../support/called-from.ts";
import { writeDurably } from "../support/durable.ts";
import { exitStatus } from "../support/exit-status.ts";
import { Failure, reasonOf } from "../support/failure.ts";
import { main } from "../support/main.ts";
import { oneStack, readOptions } from "../support/options.ts";
import { say, Waiting } from "../support/progress.ts";
import { projectFolder } from "../support/project-folder.ts";
import { formatBytes, MiB } from "../support/units.ts";

await main(async () => {
  const { stack, data, out } = parsed();
  if (existsSync(out))
    throw new Failure(`${out} is there already: remove it, or name another file with --out`, exitStatus.refused);
  // One without its passphrase is to have its bundle, too.
  const args = anyStack(stack);
  using waiting = new Waiting("Reading the state");
  const now = new Date();
  const { secrets: ofState, unknown } = await stateSecrets(args);
  if (unknown !== undefined)
    say(`The secrets of the state cannot be read, and are known by their form alone: ${unknown}`);
  waiting.for("Asking Docker for its containers and their logs");
  const containers = await containerFiles(stackLabelsOf(args));
  // Of a stack that runs there is something to tell without its file, of a name that was mistyped is not.
  if (containers.files.length === 0) requireStackFile(stack, projectFolder);
  waiting.for("Asking the host");
  const host = await hostFiles();
  waiting.for("Asking doctor, drift and the status");
  const ofStack = await stackFiles(stack, data);
  waiting.for("Asking Prometheus for the figures of the last days");
  const figures = await outputsOf(args).then((outputs) =>
    outputs === undefined ? [] : figureFiles(stack, outputs, now),
  );
  waiting.for("Taking out what is secret");
  const files = [...ofStack, ...containers.files, ...figures, ...host];
  const secrets = [...ofState, ...containers.secrets, ...secretsOfEnvironment(process.env), ...passphraseSecret()];
  const bundle = await makeBundle({ stack, files, secrets, unknown, now });
  waiting.for(undefined);
  await writeDurably(out, bundle.archive, 0o600);
  process.stdout.write(
    `${out}: ${formatBytes(bundle.archive.length)} of ${formatBytes(mostBytes)} at most, ${bundle.files.length} files, SHA-256 ${sha256Of(bundle.archive)}\n` +
      "CONTENTS.en.md and CONTENTS.ko.md in it list every file and what was removed.\n",
  );
});

type Args = ReturnType<typeof anyStack>;

/** The secret values of the state; why not, where it cannot be read. */
async function stateSecrets({
  pulumi,
  folder,
  stack,
  environment,
}: Args): Promise<{ secrets: Secret[]; unknown?: string | undefined }> {
  const options = { cwd: folder, env: { ...process.env, ...environment }, maxBuffer: 512 * MiB };
  try {
    const shown = ["stack", "export", "--show-secrets", "--non-interactive", "--stack", stack];
    const { stdout } = await promisify(execFile)(pulumi, shown, options);
    return { secrets: secretsOfState(JSON.parse(stdout)) };
  } catch (error) {
    // The command line that Node adds says nothing.
    const { stderr = "" } = error as { stderr?: string };
    return { secrets: [], unknown: stderr.trim().split("\n").at(-1) ?? reasonOf(error) };
  }
}

function outputsOf(args: Args) {
  return StackRun.look(args).then(
    (run) => run.outputs(),
    () => undefined,
  );
}

function passphraseSecret(): Secret[] {
  const passphrase = passphraseHere() ?? "";
  return passphrase.length < 4 ? [] : [{ value: passphrase, what: "passphrase" }];
}

function parsed(): { stack: string; data: string | undefined; out: string } {
  const usage = "npm run support-bundle -s dev -- [--out FILE.tar.gz]";
  const { values, positionals } = readOptions(
    {
      allowPositionals: true,
      options: { stack: { type: "string", short: "s" }, data: { type: "string" }, out: { type: "string" } },
    },
    usage,
  );
  const stack = oneStack(values.stack, positionals, usage);
  const moment = new Date()
    .toISOString()
    .replace(/\.\d+Z$/, "Z")
    .replaceAll(":", "-");
  const out = fromCaller(values.out ?? `support-${stack}-${moment}.tar.gz`);
  return { stack, data: values.data, out };
}
