import { setTimeout as sleep } from "node:timers/promises";
import { imageId, stack } from "../support/bundle.ts";
import { untilFigures, untilTargets, type PrometheusAccess, type Target } from "../support/figures.ts";
import { nodeImage, removeContainer, startRegistry } from "../support/fixtures.ts";
import { gatewayProject, type GatewayProject } from "../support/gateway.ts";
import { stream } from "../support/load.ts";
import { monitoringKeys } from "../support/monitored-stack.ts";
import { docker } from "../support/shell.ts";
import { usageOf } from "./container-usage.ts";
import { atMost, figureLine } from "./figure.ts";
import { inRounds, median } from "./pairs.ts";

const restSeconds = 120;
const rounds = 15;
const requests = 10;

/** What Prometheus's documentation reckons with for a sample on disk at most. */
const bytesPerSample = 2;

const parts = ["prometheus", "alertmanager", "blackbox-exporter", "json-exporter", "node-exporter", "watcher"] as const;

/** What monitoring and watcher cost a stack at rest, and a client's first byte, with the intervals that they have by default. */
export async function benchmarkMonitoring(): Promise<string[]> {
  const registry = await startRegistry();
  try {
    const monitoring = { ...(await monitoringKeys()), scrapeInterval: "15s", generationInterval: "5m" };
    const watcher = { enabled: true, image: await imageId(nodeImage) };
    await using gateway = await gatewayProject(registry, 0, { monitoring, watcher });
    const { status, output } = await gateway.up({});
    if (status !== 0) throw new Error(output);
    return [...(await atRest(gateway)), await firstByte(gateway)];
  } finally {
    await removeContainer(registry.container);
  }
}

async function atRest(gateway: GatewayProject): Promise<string[]> {
  const access = await accessOf(gateway);
  // The models are asked within minutes alone.
  const isUp = ({ health, labels }: Target) => health === "up" || labels["job"] === "generation";
  await untilTargets(access, (targets) => targets.length > 0 && targets.every(isUp), 120);
  const seen = await Promise.all(
    (await containersOf(gateway)).map(async ({ part, id }) => {
      const usage = await usageOf(id);
      return { part, usage, before: usage.cpuSeconds() };
    }),
  );
  await sleep(restSeconds * 1000);
  const spent = seen.map(({ part, usage, before }) => ({
    part,
    cpu: (usage.cpuSeconds() - before) / restSeconds,
    memory: usage.ownMemory(),
  }));
  const figure = async (expression: string) => Number((await untilFigures(access, expression))[0]?.value[1]);
  const series = await figure("prometheus_tsdb_head_series");
  const samples = (await figure("sum(scrape_samples_scraped)")) / 15;
  const all = spent.reduce((sum, { cpu }) => sum + cpu, 0);
  return [
    ...spent.map(({ part, cpu, memory }) =>
      figureLine(`${part} at rest: ${memory.toFixed(0)} MiB of its own, ${(100 * cpu).toFixed(2)} % of a CPU`),
    ),
    figureLine(`all of them at rest: ${(100 * all).toFixed(1)} % of a CPU`, atMost(100 * all, 10)),
    figureLine(
      `${series} series, ${samples.toFixed(0)} samples a second: at most ${((samples * 86_400 * bytesPerSample) / 1e6).toFixed(0)} MB of disk a day`,
    ),
  ];
}

async function firstByte(gateway: GatewayProject): Promise<string> {
  const { baseUrl: url } = await gateway.project.outputs(stack);
  const token = (await gateway.tokens())["backend"];
  const ids = (await containersOf(gateway)).map(({ id }) => id);
  const measure = async () => {
    const seen: number[] = [];
    for (let request = 0; request < requests; request += 1) seen.push((await stream({ url, token }, 8)).firstByte);
    return median(seen);
  };
  await measure();
  const measured = await inRounds(rounds, {
    watched: measure,
    alone: async () => {
      await docker("pause", ...ids);
      try {
        return await measure();
      } finally {
        await docker("unpause", ...ids);
      }
    },
  });
  const ratio = median(measured.map(({ watched, alone }) => watched / alone));
  const middle = (name: "watched" | "alone") => median(measured.map((each) => each[name])).toFixed(1);
  return figureLine(
    `first byte with monitoring and watcher against the same with them paused: ${middle("watched")} against ${middle("alone")} ms, ratio ${ratio.toFixed(3)} (${rounds} rounds of ${requests} requests)`,
    atMost(ratio, 1.05),
  );
}

async function containersOf({ project }: GatewayProject): Promise<{ part: string; id: string }[]> {
  const { resources = [] } = (
    JSON.parse((await project.pulumi(["stack", "export", "--stack", stack])).stdout) as {
      deployment: { resources?: { type: string; id?: string; urn: string }[] };
    }
  ).deployment;
  return parts.map((part) => {
    const found = resources.find(({ urn }) => urn.endsWith(`docker:index/container:Container::${part}-container`));
    if (found?.id === undefined) throw new Error(`there is no container of ${part}`);
    return { part, id: found.id };
  });
}

async function accessOf({ project }: GatewayProject): Promise<PrometheusAccess> {
  const shown = ["stack", "output", "--show-secrets", "--json", "--stack", stack];
  const { monitoring, monitoringPassword: password } = JSON.parse((await project.pulumi(shown)).stdout) as {
    monitoring: { url: string; user: string };
    monitoringPassword: string;
  };
  return { ...monitoring, password };
}
