import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { projectFolder } from "../../../support/project-folder.ts";
import { runCommand } from "../support/command.ts";
import { fakePrograms } from "../support/fake-program.ts";
import { tempFolder } from "../support/temp-folder.ts";

interface Step {
  readonly delete: string;
  readonly stdin: object;
}

const drain = "node --use-system-ca --use-env-proxy commands/drain.ts";
const ids = { gateway: "gateway-id", server: "server-id", upstream: "ollama-1:11434" };

/**
 * What versions have written down for the time when something goes, which another version then runs: a newer one after an
 * upgrade, the one before when somebody goes back. So no line here is ever changed; one is added, which the version before
 * has to understand as well: with the same script, and nothing left out of what it is sent.
 */
const recorded: readonly (Step & { readonly since: string })[] = [
  { since: "06cbfa4", delete: drain, stdin: { ...ids, holdSeconds: 60, drainSeconds: 60 } },
  { since: "b4891f3", delete: drain, stdin: { ...ids, drainSeconds: 60 } },
  { since: "f4f1532", delete: drain, stdin: { ...ids, drainTimeout: 60 } },
];

/** Runs a step as the provider does: in the program's folder, by the shell. */
async function deleted(step: Step, stdin = JSON.stringify(step.stdin)) {
  return new Promise<{ status: number; stderr: string }>((resolve) => {
    const child = execFile("/bin/sh", ["-c", step.delete], { cwd: projectFolder }, (error, _, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), stderr });
    });
    child.stdin?.end(stdin);
  });
}

/** An engine with a gateway that sends to some server, and a server that answers nobody; tells what it was asked. */
function engine(upstream: string, written = "cat >/dev/null"): () => string[] {
  const folder = fakePrograms({
    docker: [
      `echo "$*" >>"$(dirname "$0")/asked"`,
      'case "$*" in',
      `"exec gateway-id cat "*) printf '${upstream}' ;;`,
      `"exec -i gateway-id "*) ${written} ;;`,
      '"exec server-id "*) ;;',
      "*) exit 1 ;;",
      "esac",
    ].join("\n"),
  });
  writeFileSync(join(folder, "asked"), "");
  return () => readFileSync(join(folder, "asked"), "utf8").trimEnd().split("\n");
}

const holds = "The gateway holds requests until there is a server again\n";

describe("a delete step that a version has written down", { timeout: 60_000 }, () => {
  it.each(recorded)(
    "since $since holds requests that would go to what goes, and waits for its answers",
    async (step) => {
      const asked = engine("ollama-1:11434");
      expect(await deleted(step)).toEqual({ status: 0, stderr: holds });
      const looks = asked().filter((line) => line.startsWith("exec server-id cat /proc/net/tcp"));
      expect(looks).toHaveLength(3);
      expect(asked()).toContainEqual(expect.stringMatching(/^exec -i gateway-id sh -c .*\/upstream$/));
    },
  );

  it.each(recorded)("since $since leaves a gateway alone that sends to another server", async (step) => {
    const asked = engine("ollama-2:11434");
    expect(await deleted(step)).toEqual({ status: 0, stderr: "" });
    expect(asked().filter((line) => line.startsWith("exec -i"))).toEqual([]);
  });

  it.each(recorded)("since $since ends well when server and gateway are gone", async (step) => {
    fakePrograms({ docker: 'echo "Error: No such container" >&2; exit 1' });
    expect(await deleted(step)).toEqual({ status: 0, stderr: "" });
  });

  it("ends well when the gateway goes meanwhile, and with what it does not understand", async () => {
    const [step] = recorded.slice(-1);
    if (step === undefined) throw new Error("there is one");
    engine("ollama-1:11434", 'echo "Error: container is not running" >&2; exit 1');
    expect(await deleted(step)).toEqual({
      status: 0,
      stderr: `${holds}The server goes without a look at its answers: Error: container is not running\n`,
    });
    const { status, stderr } = await deleted(step, "");
    expect(stderr).toContain("The server goes without a look at its answers: ");
    expect(status).toBe(0);
  });

  it("is the last of the list in what is written down today, and there are no others", async () => {
    const files = ["Pulumi.yaml", "Pulumi.prod.yaml"].map((file) => [
      file,
      readFileSync(join(projectFolder, file), "utf8"),
    ]);
    const folder = tempFolder(Object.fromEntries(files) as Record<string, string>);
    const { stdout } = await runCommand("render.ts", ["prod"], folder);
    const { resources } = parse(stdout) as { resources: Record<string, Partial<Step>> };
    const steps = Object.values(resources).filter((step) => step.delete !== undefined);
    const last = recorded.at(-1);
    expect(steps.map((step) => [step.delete, Object.keys(step.stdin ?? {}).sort()])).toEqual([
      [last?.delete, Object.keys(last?.stdin ?? {}).sort()],
    ]);
  });
});
