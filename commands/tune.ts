import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { checkConfig } from "../config/check.ts";
import { readStackFiles, stackKeys } from "../config/stack-files.ts";
import { changedFile, requireAccepted } from "../operations/tune/changed-file.ts";
import { gatherTuneFacts, type TuneFacts } from "../operations/tune/host-facts.ts";
import { changeText, propose } from "../operations/tune/propose.ts";
import { measureBoth } from "../operations/tune/try-changes.ts";
import { unifiedDiff } from "../operations/tune/unified-diff.ts";
import { writeDurably } from "../support/durable.ts";
import { exitStatus } from "../support/exit-status.ts";
import { Failure } from "../support/failure.ts";
import { main } from "../support/main.ts";
import { oneStack, readOptions } from "../support/options.ts";
import { projectFolder } from "../support/project-folder.ts";
import { formatBytes } from "../support/units.ts";

await main(async () => {
  const { stack, data, write, tried } = parsed();
  const name = `Pulumi.${stack}.yaml`;
  const file = join(projectFolder, name);
  const { config, message } = await checkConfig(readStackFiles(stack, projectFolder), stack);
  if (config === undefined) throw new Failure(message, exitStatus.refused);
  const { threads } = (stackKeys(stack, projectFolder)["gemma:ollama"] ?? {}) as { threads?: number };
  const facts = await gatherTuneFacts();
  const changes = propose(facts, config, threads);
  process.stdout.write(`${hostText(facts)}\n`);
  if (changes.length === 0) {
    process.stdout.write(`${name} has the values that suit it.\n`);
    return;
  }
  const text = await readFile(file, "utf8");
  const changed = changedFile(text, changes);
  process.stdout.write(`${changes.map(changeText).join("\n")}\n\n${unifiedDiff(name, text, changed)}`);
  await requireAccepted(stack, changed, projectFolder);
  if (!write && !tried) return;
  const put = () => writeDurably(file, changed, 0o644);
  if (tried) await measureBoth({ stack, data, put, back: () => writeDurably(file, text, 0o644), keep: write });
  else await put();
  if (write) process.stdout.write(`${name} is written${tried ? "" : "; bring the stack up for it to hold"}.\n`);
});

function hostText({ cores, sockets, memory, gpus }: TuneFacts): string {
  const cards = gpus.length === 0 ? "no GPU" : `GPUs of ${gpus.map((bytes) => formatBytes(bytes)).join(" and ")}`;
  return `This host: ${cores} physical cores${sockets > 1 ? ` in ${sockets} sockets` : ""}, ${formatBytes(memory)} of memory, ${cards}`;
}

function parsed(): { stack: string; data: string | undefined; write: boolean; tried: boolean } {
  const usage = "npm run tune -s dev -- [--write] [--try]";
  const { values, positionals } = readOptions(
    {
      allowPositionals: true,
      options: {
        stack: { type: "string", short: "s" },
        data: { type: "string" },
        write: { type: "boolean", default: false },
        try: { type: "boolean", default: false },
      },
    },
    usage,
  );
  const { data, write, try: tried } = values;
  return { stack: oneStack(values.stack, positionals, usage), data, write, tried };
}
