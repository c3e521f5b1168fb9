import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { projectFolder } from "../support/project-folder.ts";
import { onStop } from "../support/stop-signals.ts";
import { nothing, type Count } from "./count.ts";
import type { Level } from "./levels.ts";
import { EnginePrograms, systemEngine } from "./support/engine-kinds.ts";
import { startEngine } from "./support/engine.ts";
import { imagesHere } from "./support/images-here.ts";

/** A project of a level, and how its tests ended. */
export interface Ended {
  readonly level: Level;
  readonly count: Count;
}

interface Job {
  readonly level: Level;
  readonly project: string;
}

/** How many lanes run beside one another: each waits for its engine much of the time. */
const beside = Number(process.env["TEST_LANES"] ?? 3);

/** Runs levels: the quick ones first, and then everything else side by side. */
export async function runLevels(levels: readonly Level[]): Promise<Ended[]> {
  const jobs = levels.flatMap((level) => level.projects.map((project): Job => ({ level, project })));
  const quick = jobs.filter(({ level }) => !level.apart && level.projects.length === 1);
  const ended: Ended[] = [];
  for (const job of quick) ended.push(...(await runLane([job])));
  const slow = jobs.filter((job) => !quick.includes(job));
  const onOthers = slow.filter(({ level }) => level.engine !== systemEngine.name);
  const waiting = [
    ...slow.filter((job) => !onOthers.includes(job)).map((job) => [job]),
    ...Map.groupBy(onOthers, ({ level }) => level.engine).values(),
  ];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) ended.push(...(await runLane(next)));
  };
  await Promise.all(Array.from({ length: beside }, worker));
  return ended;
}

/** Runs projects one after another, on one engine. */
async function runLane(jobs: readonly Job[]): Promise<Ended[]> {
  const levels = [...new Set(jobs.map(({ level }) => level))];
  process.stdout.write(`\n== ${levels.map(({ name, description }) => `${name}: ${description}`).join("; ")}\n`);
  const projects = jobs.map(({ project }) => project);
  const counts = await (levels.some(({ apart }) => apart)
    ? runApart(levels[0]?.engine ?? "", projects)
    : runTests(projects));
  return jobs.map(({ level }, index) => ({ level, count: counts[index] ?? cutShort(level) }));
}

/** How a lane counts that ended before its tests had. */
function cutShort({ name }: Level): Count {
  return { ...nothing, failed: 1, failures: [`${name}: the tests did not come to their end`] };
}

/** Runs projects on an engine of their own, in its network namespace. */
async function runApart(engineName: string, projects: readonly string[]): Promise<Count[]> {
  await using programs = await EnginePrograms.unpack(engineName);
  const engine = await startEngine(programs.kind);
  try {
    for (const image of await imagesHere()) await engine.load(image);
    const env = { ...engine.env, TEST_ENGINE: engineName, TEST_ENGINE_BIN: programs.bin };
    return await runTests(projects, engine.prefix, env);
  } finally {
    await engine.stop();
  }
}

/** Runs projects in a process of their own, and counts the tests of each. */
async function runTests(
  projects: readonly string[],
  prefix: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Count[]> {
  const [command = "", ...args] = [...prefix, process.execPath, join(projectFolder, "test/lane.ts"), ...projects];
  const child = spawn(command, args, {
    cwd: projectFolder,
    env: { ...process.env, ...env },
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    // A group of its own, so that nothing of it is left when it has ended, however that was.
    detached: true,
  });
  const signalGroup = (signal: NodeJS.Signals) => {
    try {
      process.kill(-(child.pid ?? NaN), signal);
    } catch {
      // All of it has ended.
    }
  };
  using _stop = onStop(signalGroup);
  const counts: Count[] = [];
  child.on("message", (count: Count) => {
    counts.push(count);
  });
  const [status, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  signalGroup("SIGKILL");
  if (counts.length < projects.length)
    process.stdout.write(`${projects.join(", ")}: the tests ended with ${signal ?? status}\n`);
  return counts;
}
