import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { imageId, stack } from "../../support/bundle.ts";
import { nodeImage } from "../../support/fixtures.ts";
import { gatewayProject, type GatewayProject } from "../../support/gateway.ts";
import { Load, stream, type Streamed } from "../../support/load.ts";
import { randomFrom, seedFrom } from "../../support/random.ts";
import { docker, must, run } from "../../support/shell.ts";

const registry = inject("registry");

/** A line of the watcher's log. */
interface Line {
  readonly time: string;
  readonly event: string;
  readonly fault?: string;
  readonly action?: string;
}

/** An answer with when it was asked for and ended, milliseconds since 1970. */
interface Timed extends Streamed {
  readonly asked: number;
  readonly ended: number;
}

const clients = 4;

/** How long faults come one after another, and how many seconds of quiet are between two of them at most. */
const weekSeconds = Number(process.env["WEEK_SECONDS"] ?? 20);
const longestQuiet = 10;

describe("a stack with a watcher, under four clients", () => {
  let gateway: GatewayProject;
  let server: string;
  let watcher: string;
  let load: Load<Timed>;
  let ask: () => Promise<Timed>;
  const table: string[] = [];

  beforeAll(async () => {
    const keys = { interval: "1s", generationInterval: "2s", timeout: "5s", maxActions: 1000 };
    gateway = await gatewayProject(registry, 0, {
      watcher: { enabled: true, image: await imageId(nodeImage), ...keys },
    });
    const { status, output } = await gateway.up({});
    if (status !== 0) throw new Error(output);
    const { containerName, baseUrl: url } = await gateway.project.outputs(stack);
    server = containerName;
    const networks = await docker(
      "inspect",
      "--format",
      "{{range $k, $v := .NetworkSettings.Networks}}{{$k}}{{end}}",
      server,
    );
    watcher = await docker("ps", "--quiet", "--filter", `network=${networks}`, "--filter", "name=watcher-container");
    const token = (await gateway.tokens())["backend"];
    ask = async () => {
      const asked = Date.now();
      const streamed = await stream({ url, token }, 8);
      return { ...streamed, asked, ended: Date.now() };
    };
    load = new Load(clients, ask);
  });

  afterAll(async () => {
    process.stdout.write(`${table.join("\n")}\n`);
    await load.stop();
    await gateway[Symbol.asyncDispose]();
  });

  const linesSince = async (since: number) => {
    const { stdout } = await run("docker", ["logs", watcher]);
    const lines = stdout.split("\n").filter((line) => line !== "");
    return lines.map((line) => JSON.parse(line) as Line).filter(({ time }) => Date.parse(time) >= since);
  };
  const mainPid = () => docker("inspect", "--format", "{{.State.Pid}}", server);
  const runners = async () => {
    const children = await must("sh", ["-c", `cat /proc/${await mainPid()}/task/*/children`]);
    return children.trim().split(/\s+/);
  };
  const healthy = () => load.round();

  /** What became of a fault: when it was noticed and gone, what was done, what the clients saw. */
  async function afterFault(name: string, broken: () => Promise<unknown>, noticing: boolean) {
    await healthy();
    const at = Date.now();
    await broken();
    await expect
      .poll(() => load.results.find(({ asked, failure }) => asked >= at && failure === undefined), { timeout: 90_000 })
      .toBeDefined();
    const ended = load.results.find(({ asked, failure }) => asked >= at && failure === undefined)?.ended ?? 0;
    if (noticing)
      await expect
        .poll(async () => (await linesSince(at)).map(({ event }) => event).at(-1), { timeout: 60_000 })
        .toBe("gone");
    await healthy();
    const lines = await linesSince(at);
    const noticed = lines.find(({ event }) => event === "noticed");
    const lost = load.results.filter((one) => one.ended >= at && one.failure !== undefined).length;
    const seconds = (time: number | undefined) => (time === undefined ? "-" : `${((time - at) / 1000).toFixed(1)} s`);
    const served = load.results.filter((one) => one.asked >= at && one.failure === undefined);
    const row = [
      name,
      seconds(noticed && Date.parse(noticed.time)),
      seconds(Math.min(ended, ...served.map((one) => one.ended))),
      String(lost),
    ];
    table.push(`| ${row.join(" | ")} |`);
    return lines.filter(({ event }) => event !== "failed").map(({ event, fault, action }) => [event, fault, action]);
  }

  it("has a runner that is stopped ended, and the model loaded again", { timeout: 200_000 }, async () => {
    const stop = async () => must("kill", ["-STOP", ...(await runners())]);
    expect(await afterFault("the runner is stopped (kill -STOP)", stop, true)).toEqual([
      ["noticed", "stuck-runner", undefined],
      ["acted", "stuck-runner", "reload"],
      ["gone", "stuck-runner", undefined],
    ]);
  });

  it("leaves a runner that was killed to Ollama", { timeout: 200_000 }, async () => {
    const kill = async () => must("kill", ["-KILL", ...(await runners())]);
    expect(await afterFault("the runner is killed (kill -KILL)", kill, false)).toEqual([]);
  });

  it("has a server that is stopped started again", { timeout: 200_000 }, async () => {
    const before = await mainPid();
    const stop = async () => must("kill", ["-STOP", before]);
    expect(await afterFault("Ollama is stopped (kill -STOP)", stop, true)).toEqual([
      ["noticed", "not-answering", undefined],
      ["acted", "not-answering", "restart"],
      ["gone", "not-answering", undefined],
    ]);
    expect(await mainPid()).not.toBe(before);
  });

  it("tells of memory that is short, and leaves the rest to Ollama", { timeout: 200_000 }, async () => {
    const limit = (memory: string) =>
      run("docker", ["update", "--memory", memory, "--memory-swap", memory, server]).then(({ status }) => status);
    const short = async () => (await linesSince(0)).some(({ fault }) => fault === "out-of-memory");
    const squeeze = async () => {
      try {
        // The kernel takes no limit below what is in use, which is little before the next runner has loaded the model.
        const squeezed = async () => {
          await run("kill", ["-KILL", ...(await runners())]);
          return limit("64m");
        };
        await expect.poll(squeezed, { timeout: 30_000 }).toBe(0);
        await expect.poll(short, { timeout: 30_000 }).toBe(true);
      } finally {
        expect(await limit("2g")).toBe(0);
      }
    };
    expect(await afterFault("memory is short (docker update --memory)", squeeze, true)).toEqual([
      ["noticed", "out-of-memory", undefined],
      ["acted", "out-of-memory", "none"],
      ["gone", "out-of-memory", undefined],
    ]);
  });

  it("notices a stopped runner that nobody asks, by a question of its own", { timeout: 200_000 }, async () => {
    await load.stop();
    const at = Date.now();
    await must("kill", ["-STOP", ...(await runners())]);
    const told = async () => (await linesSince(at)).map(({ event, fault, action }) => [event, fault, action]);
    await expect.poll(told, { timeout: 60_000 }).toEqual([
      ["noticed", "stuck-runner", undefined],
      ["acted", "stuck-runner", "reload"],
      ["gone", "stuck-runner", undefined],
    ]);
    const [noticed, , gone] = (await linesSince(at)).map(({ time }) => ((Date.parse(time) - at) / 1000).toFixed(1));
    table.push(`| the runner is stopped while nobody asks | ${noticed} s | ${gone} s | 0 |`);
  });

  it("serves through faults that a seed chooses", { timeout: (weekSeconds + 300) * 1000 }, async () => {
    const random = randomFrom(seedFrom("WEEK_SEED"));
    const faults = [
      async () => must("kill", ["-STOP", ...(await runners())]),
      async () => must("kill", ["-KILL", ...(await runners())]),
      async () => must("kill", ["-STOP", await mainPid()]),
      async () => must("kill", ["-KILL", await mainPid()]),
      async () => docker("restart", "--time", "0", server),
    ];
    const week = new Load(clients, ask);
    const started = Date.now();
    let happened = 0;
    let away = 0;
    try {
      await week.round();
      while (Date.now() - started < weekSeconds * 1000) {
        const at = Date.now();
        // Between two of its lives there is nothing to break.
        const broken = await faults[Math.floor(random() * faults.length)]?.().catch(() => undefined);
        const served = () => week.results.find(({ asked, failure }) => asked >= at && failure === undefined);
        await expect.poll(served, { timeout: 90_000, interval: 100 }).toBeDefined();
        if (broken !== undefined) happened += 1;
        away += (served()?.ended ?? at) - at;
        await sleep(random() * longestQuiet * 1000);
      }
    } finally {
      await week.stop();
    }
    const lost = week.results.filter(({ failure }) => failure !== undefined).length;
    const available = 100 * (1 - away / (Date.now() - started));
    table.push(
      `${happened} faults in ${weekSeconds} s: served ${available.toFixed(1)} % of the time, ${lost} of ${week.results.length} requests lost`,
    );
    expect(happened).toBeGreaterThan(0);
    // What is being generated goes with what generates it; nothing that waits does.
    expect(lost).toBeLessThanOrEqual(happened * clients);
  });

  it(
    "tells of a store that is damaged, and serves again from the one that the doctor brings",
    { timeout: 300_000 },
    async () => {
      const layer = await docker("inspect", "--format", "{{.GraphDriver.Data.MergedDir}}", server);
      const [blob = ""] = (await must("sh", ["-c", `ls -S ${layer}/models/blobs/*`])).split("\n");
      const clientsAsk = new Load(clients, ask);
      const at = Date.now();
      // It still has the whole file open that it has loaded.
      await must("sh", ["-c", `head -c 1000000 ${blob} > ${blob}.cut && mv ${blob}.cut ${blob}`]);
      await must("kill", ["-KILL", ...(await runners())]);
      const told = async () => (await linesSince(at)).filter(({ event }) => event !== "failed");
      const untilTold = expect.poll(async () => (await told()).at(-1)?.action, { timeout: 90_000 });
      await untilTold.toBe("none");
      expect((await told()).map(({ event, fault, action }) => [event, fault, action])).toEqual([
        ["noticed", "stuck-runner", undefined],
        ["acted", "stuck-runner", "reload"],
        ["acted", "stuck-runner", "restart"],
        ["acted", "stuck-runner", "none"],
      ]);
      const noticed = Date.parse((await told())[0]?.time ?? "");
      const asked = Date.now();
      const mended = await gateway.project.run("node", ["commands/doctor.ts", stack, "--fix"]);
      expect(mended.status, mended.output).toBe(0);
      expect(mended.output).toContain("because of model-files-damaged");
      await clientsAsk.round();
      const results = await clientsAsk.stop();
      server = (await gateway.project.outputs(stack)).containerName;
      const seconds = (time: number) => `${((time - at) / 1000).toFixed(1)} s`;
      const served = results.find((one) => one.asked >= asked && one.failure === undefined);
      const lost = results.filter(({ failure }) => failure !== undefined).length;
      table.push(
        `| the store is damaged, and doctor --fix ${seconds(asked)} later | ${seconds(noticed)} | ${seconds(served?.ended ?? NaN)} | ${lost} |`,
      );
    },
  );

  it("changes nothing of the stack", { timeout: 100_000 }, async () => {
    const { status, output } = await gateway.project.preview(stack, "--expect-no-changes");
    expect([status, output]).toEqual([0, expect.stringMatching(/unchanged/)]);
  });
});
