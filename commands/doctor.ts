import { join } from "node:path";
import { examine } from "../operations/doctor/examine.ts";
import { symptoms, type Symptom } from "../operations/doctor/finding.ts";
import { gather } from "../operations/doctor/gather.ts";
import { mend } from "../operations/doctor/mend.ts";
import { recordedOf } from "../operations/doctor/recorded.ts";
import { findingsText } from "../operations/doctor/text.ts";
import { existingStack } from "../runner/checkout-stack.ts";
import { StackRun } from "../runner/stack-run.ts";
import { exitStatus } from "../support/exit-status.ts";
import { Failure } from "../support/failure.ts";
import { main } from "../support/main.ts";
import { oneStack, readOptions } from "../support/options.ts";
import { withHeartbeat } from "../support/progress.ts";
import { projectFolder } from "../support/project-folder.ts";
import { parseDuration } from "../support/units.ts";

await main(async () => {
  const { stack, data, symptom, timeout, files, fix, json } = parsed();
  const args = existingStack(stack);
  const outputs = await (await StackRun.look(args)).outputs();
  if ((outputs as { readiness?: unknown }).readiness === undefined)
    throw new Failure(`The stack ${stack} was never brought up whole: run \`up\` first`, exitStatus.absent);
  const command = (name: string) =>
    data === undefined ? `npm run ${name} -s ${stack} --` : `${join(data, "current/operate.sh")} ${name}`;
  const commands = { fix: `${command("doctor")} --fix`, health: command("health") };
  const look = async () => {
    const recorded = await recordedOf(args);
    const subject = { outputs, recorded, commands, folders: [data ?? projectFolder], timeout, files };
    return withHeartbeat("Looking at the stack and its host", gather(subject));
  };
  const seen = await look();
  const findings = examine(fix ? await mend(seen, { args, outputs, look }) : seen, symptom);
  process.stdout.write(json ? `${JSON.stringify({ stack, findings }, undefined, 2)}\n` : findingsText(stack, findings));
  if (findings.length > 0) process.exitCode = exitStatus.failed;
});

function parsed() {
  const usage = `npm run doctor -s dev -- [--symptom ${symptoms.join("|")}] [--files] [--fix] [--timeout 60s] [--json]`;
  const flag = { type: "boolean", default: false } as const;
  const { values, positionals } = readOptions(
    {
      allowPositionals: true,
      options: {
        stack: { type: "string", short: "s" },
        // Of a closed host.
        data: { type: "string" },
        symptom: { type: "string" },
        timeout: { type: "string", default: "60s" },
        files: flag,
        fix: flag,
        json: flag,
      },
    },
    usage,
  );
  const { data, symptom, files, fix, json } = values;
  if (symptom !== undefined && !isSymptom(symptom))
    throw new Failure(`--symptom is ${symptom}; it is one of ${symptoms.join(", ")}\n${usage}`, exitStatus.usage);
  const timeout = parseDuration(values.timeout);
  if (timeout === undefined || timeout === 0)
    throw new Failure(`--timeout is ${values.timeout}; write it as 60s or 10m\n${usage}`, exitStatus.usage);
  return { stack: oneStack(values.stack, positionals, usage), data, symptom, timeout, files, fix, json };
}

function isSymptom(text: string): text is Symptom {
  return (symptoms as readonly string[]).includes(text);
}
