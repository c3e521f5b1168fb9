import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeProgram } from "./fake-program.ts";
import { tempFolder } from "./temp-folder.ts";

/** What a fake CLI answers. */
export interface FakePulumiArgs {
  /** Stacks that are there from the beginning. */
  readonly stacks?: readonly string[];
  readonly outputs?: object;
  /** Outputs as they are shown to everybody. */
  readonly maskedOutputs?: object;
  /** How many resources an update found how. */
  readonly resourceChanges?: Readonly<Record<string, number>>;
  /** Steps of an update and of a preview: an operation, a type, and a name. */
  readonly steps?: readonly (readonly [op: string, type: string, name: string])[];
  readonly deployment?: object;
  /** Shell commands that run before the answer, by the CLI's own command. */
  readonly scripts?: Readonly<Record<string, string>>;
}

/** A Pulumi CLI that writes down how it is called. */
export interface FakePulumi {
  readonly file: string;
  /** What it was asked to do, without what only looks at it or at stacks. */
  readonly calls: () => string[];
  /** All it was asked. */
  readonly allCalls: () => string[];
}

/** Only looks. */
const looks = /^(version|stack (ls|output|history|export))\b/;

/** Step of the gate, without which an update has the model asked once more. */
export const gateStep = ["create", "command:local:Command", "readiness-command"] as const;

/** Writes a Pulumi CLI that answers what the Automation API asks; it is old enough to write its events to a file. */
export function fakePulumi(args: FakePulumiArgs = {}): FakePulumi {
  const { outputs = {}, maskedOutputs = outputs, steps = [gateStep], scripts = {} } = args;
  const folder = tempFolder();
  const file = join(folder, "pulumi");
  const events = steps.map(([op, type, name]) => {
    const metadata = { op, type, urn: `urn:pulumi:dev::gemma::${type}::${name}` };
    return JSON.stringify({ sequence: 0, timestamp: 0, resourcePreEvent: { metadata } });
  });
  const files: Readonly<Record<string, unknown>> = {
    stacks: (args.stacks ?? []).map((name) => ({ name, current: false })),
    outputs,
    masked: maskedOutputs,
    history: [{ kind: "update", result: "succeeded", resourceChanges: args.resourceChanges ?? { same: 1 } }],
    exported: { version: 3, deployment: args.deployment ?? {} },
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), JSON.stringify(content));
  writeFileSync(join(folder, "events"), [...events, '{"summaryEvent":{"resourceChanges":{}}}', ""].join("\n"));
  const asked = Object.entries(scripts).map(([command, script]) => `${command})\n${script}\n;;`);
  writeProgram(
    file,
    [
      `here='${folder}'; all="$*"`,
      `echo "$all" >>"$here/calls"`,
      // What a stack has written down as soon as it is there.
      'case "$1 $2" in "stack init"|"up "*)',
      "  stack=${all% --non-interactive}",
      "  stack=${stack##* }",
      '  kept="${PULUMI_BACKEND_URL#file://}/.pulumi/stacks/gemma"',
      '  case $PULUMI_BACKEND_URL in file:///*) mkdir -p "$kept"; echo \'{"checkpoint":{}}\' >"$kept/$stack.json" ;; esac',
      "esac",
      "case $1 in",
      ...asked,
      "esac",
      'case "$1 $2" in',
      '"version "*) echo v3.200.0 ;;',
      '"stack ls") cat "$here/stacks" ;;',
      '"stack init") echo "[{\\"name\\":\\"$3\\"}]" >"$here/stacks" ;;',
      '"stack output") case $all in *--show-secrets*) cat "$here/outputs" ;; *) cat "$here/masked" ;; esac ;;',
      '"stack history") cat "$here/history" ;;',
      '"stack export") cat "$here/exported" ;;',
      "esac",
      "while [ $# -gt 1 ]; do",
      '  if [ "$1" = --event-log ]; then cat "$here/events" >>"$2"; sleep 0.3; fi',
      "  shift",
      "done",
    ].join("\n"),
  );
  const allCalls = () => (existsSync(join(folder, "calls")) ? linesOf(join(folder, "calls")) : []);
  return { file, allCalls, calls: () => allCalls().filter((call) => !looks.test(call)) };
}

/** Lines of a file without what is another one in every run. */
function linesOf(file: string): string[] {
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  return lines.map((line) => line.replace(/ --event-log \S+/, " --event-log FILE").replace(/ --non-interactive$/, ""));
}
