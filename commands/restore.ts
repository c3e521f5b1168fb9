import { join } from "node:path";
import { layBackup, requirePlace, type RestorePlace } from "../operations/backup/lay-backup.ts";
import { layConfiguration } from "../operations/backup/lay-configuration.ts";
import { readBackup } from "../operations/backup/read-backup.ts";
import { passphraseHere, stateOnDisk } from "../operations/backup/stack-source.ts";
import { passphraseFile } from "../runner/passphrase.ts";
import { fromCaller } from "../support/called-from.ts";
import { exitStatus } from "../support/exit-status.ts";
import { Failure } from "../support/failure.ts";
import { main } from "../support/main.ts";
import { oneStack, readOptions } from "../support/options.ts";
import { say } from "../support/progress.ts";
import { projectFolder } from "../support/project-folder.ts";

await main(async () => {
  const { stack, from } = parsed();
  const backup = await readBackup(from);
  if (backup.manifest.stack !== stack)
    throw new Failure(
      `The backup ${from} is of the stack ${backup.manifest.stack}, not of ${stack}; nothing was changed`,
      exitStatus.refused,
    );
  const place = placeOf(stack);
  await requirePlace(backup, place);
  const changed = await layConfiguration(backup, join(projectFolder, `Pulumi.${stack}.yaml`));
  if (changed !== undefined) say(changed);
  await layBackup(backup, place);
  process.stdout.write(
    `${stack} is as it was at ${backup.manifest.made}, with the tokens of that time. Bring it up: npm run up:${stack}\n`,
  );
});

function placeOf(stack: string): RestorePlace {
  const { meta } = stateOnDisk(stack);
  // Below .pulumi in the backend's folder.
  const state = join(meta, "../..");
  const { PULUMI_CONFIG_PASSPHRASE: own, PULUMI_CONFIG_PASSPHRASE_FILE: named } = process.env;
  const given = own !== undefined || named !== undefined;
  return { state, passphrase: passphraseFile, given: given ? (passphraseHere() ?? "") : undefined };
}

function parsed(): { stack: string; from: string } {
  const usage = "npm run restore -s dev -- --from FOLDER";
  const { values, positionals } = readOptions(
    { allowPositionals: true, options: { stack: { type: "string", short: "s" }, from: { type: "string" } } },
    usage,
  );
  const stack = oneStack(values.stack, positionals, usage);
  if (values.from === undefined)
    throw new Failure(`Name a backup with --from, for example: ${usage}`, exitStatus.usage);
  return { stack, from: fromCaller(values.from) };
}
