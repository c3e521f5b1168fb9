import { describe, expect, it } from "vitest";
import type { ContainerNow, Evidence, ServerEvidence } from "../../../../operations/doctor/evidence.ts";
import { examine } from "../../../../operations/doctor/examine.ts";
import { findingsText } from "../../../../operations/doctor/text.ts";
import { MiB } from "../../../../support/units.ts";

const running: ContainerNow = {
  id: "abc",
  status: "running",
  exitCode: 0,
  error: "",
  oomKilled: false,
  restarts: 0,
  stoppedByHand: false,
  health: "healthy",
  networks: ["inner"],
  memoryLimit: 2048 * MiB,
  memoryUsed: 1024 * MiB,
  oomKills: 0,
  hasGpus: false,
};

const answered = {
  model: "small",
  path: "/api/generate",
  wasLoaded: true,
  result: "answered",
  seconds: 1,
  tokensPerSecond: 20,
  minTokensPerSecond: 10,
} as const;

const server: ServerEvidence = {
  version: "0.33.3",
  loaded: [{ name: "small", size: 400 * MiB, vram: 0, context: 8192 }],
  requireGpu: false,
  generations: [answered],
  damagedBlobs: [],
  loads: 1,
};

const healthy: Evidence = {
  commands: { fix: "npm run doctor -s prod -- --fix", health: "npm run health -s prod --" },
  engine: {},
  deployment: { pending: 0, atWork: false },
  containers: [{ name: "ollama-container-1", role: "server", networks: ["inner"], now: running }],
  server,
  traffic: { minutes: 10, refused: {}, busy: { backend: 60 }, longestWait: 0.2 },
  host: {
    cpus: 8,
    load: 9,
    memoryTotal: 16_384 * MiB,
    memoryAvailable: 8192 * MiB,
    swapTotal: 0,
    swapFree: 0,
    spaces: [{ folder: "/var/lib/docker", free: 50_000 * MiB, freeInodes: 1_000_000, device: 1 }],
    clockKept: true,
  },
  certificate: [],
};

const withContainer = (now: Partial<ContainerNow>): Evidence => ({
  ...healthy,
  server: now.status === undefined ? server : undefined,
  containers: [{ name: "ollama-container-1", role: "server", networks: ["inner"], now: { ...running, ...now } }],
});
const withServer = (own: Partial<ServerEvidence>): Evidence => ({ ...healthy, server: { ...server, ...own } });
const withHost = (own: Partial<Evidence["host"]>): Evidence => ({ ...healthy, host: { ...healthy.host, ...own } });
const idsOf = (evidence: Evidence) => examine(evidence).map(({ id, severity, fix }) => [id, severity, fix ?? "none"]);

describe("examine", () => {
  it("finds nothing wrong with a healthy stack, whatever the load of its host", () => {
    expect(examine(healthy)).toEqual([]);
  });

  const gpu = { requireGpu: true, gpuFailure: "Failed to initialize NVML: Unknown Error" };
  const onGpu = [{ name: "small", size: 400 * MiB, vram: 400 * MiB, context: 8192 }];
  const disk = (free: number, freeInodes: number | null = null) =>
    withHost({ spaces: [{ folder: "/data", free: free * MiB, freeInodes, device: 2 }] });
  const late = { ...answered, result: "late", tokensPerSecond: undefined } as const;
  const notWhole = "its chain is not whole";
  const cases: readonly (readonly [string, Evidence, readonly (readonly string[])[]])[] = [
    [
      "an engine that does not answer, alone",
      { ...disk(1), engine: { failure: "refused" } },
      [["engine-not-answering", "error", "none"]],
    ],
    [
      "a stopped container",
      withContainer({ status: "exited", stoppedByHand: true }),
      [["container-stopped", "error", "start"]],
    ],
    [
      "a container that cannot start",
      withContainer({ status: "exited", error: "no GPU" }),
      [["container-down", "error", "up"]],
    ],
    [
      "a container that ends again and again",
      withContainer({ status: "restarting" }),
      [["container-restarting", "error", "none"]],
    ],
    ["a paused container", withContainer({ status: "paused" }), [["container-paused", "error", "none"]]],
    ["an unhealthy container", withContainer({ health: "unhealthy" }), [["container-unhealthy", "error", "none"]]],
    [
      "a container killed for memory",
      withContainer({ status: "exited", exitCode: 137, oomKilled: true }),
      [["out-of-memory", "error", "up"]],
    ],
    ["a runner killed for memory", withContainer({ oomKills: 2 }), [["out-of-memory", "error", "none"]]],
    [
      "a container near its limit",
      withContainer({ memoryUsed: 2000 * MiB }),
      [["memory-near-limit", "warning", "none"]],
    ],
    ["a container off its network", withContainer({ networks: [] }), [["network-lost", "error", "reconnect"]]],
    [
      "a removed container",
      { ...healthy, server: undefined, containers: [{ name: "o", role: "server", networks: [], now: undefined }] },
      [["container-missing", "error", "up"]],
    ],
    [
      "an interrupted update",
      { ...healthy, deployment: { pending: 2, atWork: false } },
      [["deployment-interrupted", "error", "up"]],
    ],
    [
      "a silent server",
      withServer({ version: undefined, failure: "ECONNREFUSED", generations: [] }),
      [["server-not-answering", "error", "restart"]],
    ],
    ["a stuck runner", withServer({ generations: [late] }), [["stuck-runner", "error", "reload"]]],
    [
      "a model that does not load",
      withServer({ generations: [{ ...late, wasLoaded: false }] }),
      [["model-does-not-load", "error", "reload"]],
    ],
    [
      "a model that fails",
      withServer({ generations: [{ ...late, result: "failed", failure: "500" }] }),
      [["generation-fails", "error", "reload"]],
    ],
    [
      "a model that writes no text",
      withServer({ generations: [{ ...late, result: "wrong", failure: "an answer is one character, 8 times" }] }),
      [["wrong-text", "error", "reload"]],
    ],
    [
      "a model whose files are damaged",
      withServer({ generations: [{ ...late, result: "failed", failure: "500" }], damagedBlobs: ["blob sha256-1"] }),
      [["model-files-damaged", "error", "replace"]],
    ],
    [
      "damaged files of a model that still answers",
      withServer({ generations: [answered], damagedBlobs: ["blob sha256-1"] }),
      [["model-files-damaged", "error", "replace"]],
    ],
    ["a lost GPU", withServer({ ...gpu, loaded: onGpu }), [["gpu-lost", "error", "restart"]]],
    ["a model on the CPU", withServer({ requireGpu: true }), [["model-on-cpu", "error", "restart"]]],
    [
      "a slow model",
      withServer({ generations: [{ ...answered, tokensPerSecond: 3 }] }),
      [["slow-generation", "error", "none"]],
    ],
    ["models that are loaded again and again", withServer({ loads: 5 }), [["model-reloads", "warning", "none"]]],
    [
      "refused requests",
      { ...healthy, traffic: { ...healthy.traffic, refused: { backend: 3 } } },
      [["queue-full", "warning", "none"]],
    ],
    ["a host without memory", withHost({ memoryAvailable: 300 * MiB }), [["host-memory-short", "error", "none"]]],
    ["a full disk", disk(500), [["disk-full", "error", "none"]]],
    ["a nearly full disk", disk(4000), [["disk-nearly-full", "warning", "none"]]],
    ["a disk without inodes", disk(50_000, 10), [["inodes-short", "error", "none"]]],
    ["a clock that nobody keeps", withHost({ clockKept: false }), [["clock-not-synchronised", "warning", "none"]]],
    [
      "a certificate that clients refuse",
      { ...healthy, certificate: [{ level: "blocking", about: "certificate", found: notWhole, advice: "get it" }] },
      [["certificate", "error", "none"]],
    ],
  ];

  it.each(cases)("finds %s", (_, evidence, expected) => {
    expect(idsOf(evidence)).toEqual(expected);
  });

  it("says nothing of containers and unfinished work while a run is at it", () => {
    const stopped = withContainer({ status: "exited", stoppedByHand: true });
    expect(examine({ ...stopped, deployment: { pending: 1, atWork: true } })).toEqual([]);
  });

  it("says how a GPU that systemd took away stays", () => {
    const lost = withServer({ ...gpu, loaded: onGpu });
    const [systemd] = examine({ ...lost, engine: { cgroupDriver: "systemd" } });
    expect(systemd?.evidence).toEqual([
      "nvidia-smi in ollama-container-1: Failed to initialize NVML: Unknown Error",
      "cgroup driver systemd",
    ]);
    expect(systemd?.advice[1]).toContain("`systemctl daemon-reload` takes GPUs from running containers");
    const [cgroupfs] = examine({ ...lost, engine: { cgroupDriver: "cgroupfs" } });
    expect(cgroupfs?.advice[1]).toContain("See whether the host has it: `nvidia-smi`");
  });

  it("names what slows a slow model", () => {
    const slow = withServer({ generations: [{ ...answered, tokensPerSecond: 3 }] });
    expect(examine(slow)[0]?.evidence).toEqual([
      "3.0 tokens/s, at least 10",
      "load 9.0 on 8 CPUs, context 8192 tokens",
    ]);
    expect(examine(slow)[0]?.advice[0]).toContain("Others use the CPUs");
  });

  it("names who was refused and who had the server", () => {
    const traffic = { minutes: 10, refused: { app: 3 }, busy: { app: 5, batch: 400 }, longestWait: 12 };
    expect(examine({ ...healthy, traffic })[0]?.evidence).toEqual([
      "app: 3 refused with 429",
      "longest wait 12.0 s",
      "batch had the server for 400 s, more than others",
    ]);
  });

  it("puts what explains the symptom first", () => {
    const both: Evidence = {
      ...withServer({ generations: [{ ...answered, tokensPerSecond: 3 }] }),
      containers: withContainer({ oomKills: 1 }).containers,
    };
    expect(examine(both, "slow").map(({ id }) => id)).toEqual(["slow-generation", "out-of-memory"]);
    expect(examine(both, "out-of-memory").map(({ id }) => id)).toEqual(["out-of-memory", "slow-generation"]);
  });
});

describe("findingsText", () => {
  it("says that nothing is wrong", () => {
    expect(findingsText("prod", [])).toBe("Nothing is wrong with the stack prod\n");
  });

  it("says what was found, what shows it and what to do", () => {
    const stopped = withContainer({ status: "exited", exitCode: 137, stoppedByHand: true });
    expect(findingsText("prod", examine(stopped))).toBe(
      "ERROR container-stopped: The container ollama-container-1 (server) was stopped by hand, and Docker does not start it again\n" +
        "  seen: status exited, exit code 137, restarts 0\n" +
        "  do:   docker start ollama-container-1\n" +
        "  do:   npm run doctor -s prod -- --fix\n",
    );
  });
});
