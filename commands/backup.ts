import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DataFolder } from "../offline/host/data-folder.ts";
import { readStack, stateOnDisk } from "../operations/backup/stack-source.ts";
import { writeBackup } from "../operations/backup/write-backup.ts";
import { existingStack } from "../runner/checkout-stack.ts";
import { isAtWork } from "../runner/lock.ts";
import { now, recordFigures } from "../runner/record-figures.ts";
import { StackRun } from "../runner/stack-run.ts";
import { fromCaller } from "../support/called-from.ts";
import { exitStatus } from "../support/exit-status.ts";
import { Failure } from "../support/failure.ts";
import { main } from "../support/main.ts";
import { oneStack, readOptions } from "../support/options.ts";
import { projectFolder } from "../support/project-folder.ts";

await main(async () => {
  const { stack, data, out } = parsed();
  await requireIdle(stack);
  const files = await readStack(stack, data);
  // One that began meanwhile may have changed one file and not the other.
  await requireIdle(stack);
  const current = await data?.current();
  const versions = { program: await programVersion(), package: current?.manifest.digest ?? null };
  const folder = await writeBackup(files, { stack, versions, now: new Date() }, out);
  const outputs = await (await StackRun.look(existingStack(stack))).outputs();
  await recordFigures(outputs, "backup", { stack_last_backup_timestamp_seconds: now() });
  process.stdout.write(
    `${folder} holds state, passphrase and configuration of ${stack}, ${files.size} files.\n` +
      "The passphrase is in it beside what it encrypts: whoever has the folder has the tokens. Keep it as you keep keys, and not on this host.\n",
  );
});

async function requireIdle(stack: string): Promise<void> {
  if (!(await isAtWork(stateOnDisk(stack).locks))) return;
  throw new Failure(`A run is at work on ${stack}; nothing was written, try again when it has ended`, exitStatus.busy);
}

async function programVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(projectFolder, "package.json"), "utf8")) as { version: string };
  return version;
}

function parsed(): { stack: string; data: DataFolder | undefined; out: string } {
  const usage = "npm run backup -s dev -- --out FOLDER";
  const { values, positionals } = readOptions(
    {
      allowPositionals: true,
      options: {
        stack: { type: "string", short: "s" },
        data: { type: "string" },
        out: { type: "string" },
      },
    },
    usage,
  );
  const stack = oneStack(values.stack, positionals, usage);
  if (values.out === undefined) throw new Failure(`Name a folder with --out, for example: ${usage}`, exitStatus.usage);
  const data = values.data === undefined ? undefined : new DataFolder(values.data);
  return { stack, data, out: fromCaller(values.out) };
}
