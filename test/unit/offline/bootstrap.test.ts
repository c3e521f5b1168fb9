import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { projectFolder } from "../../../support/project-folder.ts";
import { run } from "../../support/shell.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** A program that takes a moment to end once it is asked to, and writes down how often it was asked. */
const program = `
trap 'echo asked >>"$1/asked"; sleep 0.3; echo ended >>"$1/asked"; exit 3' TERM
echo $$ >"$1/pid.new"; mv "$1/pid.new" "$1/pid"
while :; do sleep 0.05; done
`;

async function started() {
  const folder = tempFolder();
  writeFileSync(join(folder, "program.sh"), program);
  writeFileSync(
    join(folder, "script.sh"),
    `set -euo pipefail\n. ${projectFolder}/offline/scripts/bootstrap.sh\nclaim_data\nlock_data\nrun_node bash ${folder}/program.sh ${folder}\n`,
  );
  const env = { ...process.env, GEMMA_DATA: join(folder, "data") };
  const script = spawn("bash", [join(folder, "script.sh")], { env, detached: true, stdio: "ignore" });
  const ended = once(script, "exit") as Promise<[number | null, string | null]>;
  await vi.waitUntil(() => existsSync(join(folder, "pid")), { timeout: 10_000 });
  const free = async () => (await run("flock", ["-n", join(folder, "data/lock"), "true"])).status === 0;
  const child = Number(readFileSync(join(folder, "pid"), "utf8"));
  return { script, ended, child, free, asked: () => readFileSync(join(folder, "asked"), "utf8") };
}

it.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)("passes %s on once, and ends with %d after the program has ended", async (signal, status) => {
  const { script, ended, asked, free } = await started();
  expect(await free()).toBe(false);
  script.kill(signal);
  expect(await ended).toEqual([status, null]);
  expect(asked()).toBe("asked\nended\n");
  expect(await free()).toBe(true);
});

it("leaves the lock with the program when the script alone is killed", async () => {
  const { script, ended, child, free } = await started();
  script.kill("SIGKILL");
  await ended;
  expect(await free()).toBe(false);
  process.kill(child, "SIGKILL");
  await vi.waitUntil(free, { timeout: 10_000 });
});
