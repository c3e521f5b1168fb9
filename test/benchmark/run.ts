import { installedPulumi } from "../../runner/pulumi-cli.ts";
import { missingForDocker } from "../support/fixtures.ts";
import { benchmarkGateway } from "./gateway.ts";
import { benchmarkMonitoring } from "./monitoring.ts";
import { benchmarkOffline } from "./offline.ts";
import { benchmarkPreview } from "./preview.ts";
import { benchmarkThreads } from "./threads.ts";

interface Benchmark {
  readonly run: () => Promise<string[]>;
  readonly needsPulumi: boolean;
}

const benchmarks: Readonly<Record<string, Benchmark>> = {
  preview: { run: benchmarkPreview, needsPulumi: true },
  offline: { run: benchmarkOffline, needsPulumi: true },
  gateway: { run: benchmarkGateway, needsPulumi: false },
  monitoring: { run: benchmarkMonitoring, needsPulumi: true },
  threads: { run: benchmarkThreads, needsPulumi: false },
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(benchmarks, name));
const missing = await missingForDocker();
if (unknown.length > 0 || missing !== undefined) {
  const names = Object.keys(benchmarks).join(", ");
  process.stderr.write(`${missing ?? `There is no benchmark ${unknown.join(", ")}; there are ${names}`}\n`);
  process.exit(1);
}
for (const [name, { run, needsPulumi }] of Object.entries(benchmarks)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  if (needsPulumi && installedPulumi() === undefined) {
    process.stdout.write(`${name}: skipped, there is no Pulumi CLI on the PATH\n`);
    continue;
  }
  process.stderr.write(`Measuring ${name}\n`);
  for (const line of await run()) process.stdout.write(`${line}\n`);
}
