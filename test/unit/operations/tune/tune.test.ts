import { describe, expect, it } from "vitest";
import { checkConfig } from "../../../../config/check.ts";
import type { ResolvedConfig } from "../../../../config/resolve.ts";
import { changedFile, requireAccepted } from "../../../../operations/tune/changed-file.ts";
import { coresIn, type TuneFacts } from "../../../../operations/tune/host-facts.ts";
import { GiB } from "../../../../operations/tune/host-share.ts";
import { changeText, propose } from "../../../../operations/tune/propose.ts";
import { unifiedDiff } from "../../../../operations/tune/unified-diff.ts";
import { exitStatus } from "../../../../support/exit-status.ts";
import { projectFolder } from "../../../../support/project-folder.ts";

async function configOf(keys: Readonly<Record<string, unknown>>): Promise<ResolvedConfig> {
  const values = Object.entries(keys).map(([key, value]) => {
    return [`gemma:${key}`, typeof value === "string" ? value : JSON.stringify(value)] as const;
  });
  const { config, message } = await checkConfig({ values: Object.fromEntries(values), secretKeys: [] }, "none");
  if (config === undefined) throw new Error(message);
  return config;
}

const production = {
  models: ["gemma3n:e4b", { name: "bge-m3:567m", preload: true }, "gemma4:e4b-it-qat"],
  delivery: "embedded",
  memory: "16GiB",
  memoryReservation: "8GiB",
  cpus: "8",
  gpus: "1",
  gateway: { enabled: true, clients: ["backend"] },
  ollama: { numParallel: 4, maxLoadedModels: 2 },
  readiness: { requireGpu: true },
};

describe("what is proposed", () => {
  it.each<[string, TuneFacts, string[]]>([
    [
      "a laptop with 16 GB",
      { cores: 4, sockets: 1, memory: 15.5 * GiB, gpus: [] },
      [
        "gemma:gpus: 1 -> none: nvidia-smi lists no GPU on this host",
        "gemma:readiness.requireGpu: true -> false: without a GPU the gate would never be passed",
        "gemma:cpus: 8 -> 3: 4 physical cores, one of them for the gateway, Docker and the system",
        "gemma:memory: 16GiB -> 12GiB: the models of 2 places take 10.9 GiB, and this host has 12.8 GiB for the server",
        "gemma:memoryReservation: 8GiB -> 11GiB: the models of 2 places take 10.9 GiB, which the host keeps for them",
        "gemma:ollama.numParallel: 4 -> 1: 4 cores answer 1 at once before each becomes too slow",
      ],
    ],
    [
      "32 GB and 8 cores",
      { cores: 8, sockets: 1, memory: 31 * GiB, gpus: [] },
      [
        "gemma:gpus: 1 -> none: nvidia-smi lists no GPU on this host",
        "gemma:readiness.requireGpu: true -> false: without a GPU the gate would never be passed",
        "gemma:cpus: 8 -> 7: 8 physical cores, one of them for the gateway, Docker and the system",
        "gemma:memory: 16GiB -> 26GiB: the models of 3 places take 20.9 GiB, and a fifth more",
        "gemma:memoryReservation: 8GiB -> 21GiB: the models of 3 places take 20.9 GiB, which the host keeps for them",
        "gemma:ollama.maxLoadedModels: 2 -> 3: this host has 27.1 GiB for the server, which is as many models as it holds at once",
        "gemma:ollama.numParallel: 4 -> 2: 8 cores answer 2 at once before each becomes too slow",
        "gemma:ollama.cacheRam: 512m -> 1GiB: 7.78 GiB are left beside the models; prompts that come again are not read again",
      ],
    ],
    [
      "64 GB and 16 cores",
      { cores: 16, sockets: 1, memory: 62.5 * GiB, gpus: [] },
      [
        "gemma:gpus: 1 -> none: nvidia-smi lists no GPU on this host",
        "gemma:readiness.requireGpu: true -> false: without a GPU the gate would never be passed",
        "gemma:cpus: 8 -> 15: 16 physical cores, one of them for the gateway, Docker and the system",
        "gemma:memory: 16GiB -> 30GiB: the models of 3 places take 24.6 GiB, and a fifth more",
        "gemma:memoryReservation: 8GiB -> 25GiB: the models of 3 places take 24.6 GiB, which the host keeps for them",
        "gemma:ollama.maxLoadedModels: 2 -> 3: this host has 55.5 GiB for the server, which is as many models as it holds at once",
        "gemma:ollama.cacheRam: 512m -> 2GiB: 35.4 GiB are left beside the models; prompts that come again are not read again",
      ],
    ],
    [
      "128 GB and 32 cores in 2 sockets",
      { cores: 32, sockets: 2, memory: 125 * GiB, gpus: [] },
      [
        "gemma:gpus: 1 -> none: nvidia-smi lists no GPU on this host",
        "gemma:readiness.requireGpu: true -> false: without a GPU the gate would never be passed",
        "gemma:cpus: 8 -> 16: the cores of one of 2 sockets: threads on another one wait for memory that is not theirs",
        "gemma:memory: 16GiB -> 30GiB: the models of 3 places take 24.6 GiB, and a fifth more",
        "gemma:memoryReservation: 8GiB -> 25GiB: the models of 3 places take 24.6 GiB, which the host keeps for them",
        "gemma:ollama.maxLoadedModels: 2 -> 3: this host has 112 GiB for the server, which is as many models as it holds at once",
        "gemma:ollama.cacheRam: 512m -> 2GiB: 91.6 GiB are left beside the models; prompts that come again are not read again",
      ],
    ],
    [
      "one GPU of 24 GB",
      { cores: 12, sockets: 1, memory: 62.5 * GiB, gpus: [24 * GiB] },
      [
        "gemma:ollama.maxLoadedModels: 2 -> 3: this host has 55.5 GiB for the server and 24 GiB on its GPUs, which is as many models as it holds at once",
      ],
    ],
    [
      "two GPUs of 12 GB",
      { cores: 16, sockets: 1, memory: 62.5 * GiB, gpus: [12 * GiB, 12 * GiB] },
      [
        "gemma:gpus: 1 -> 2: the models take 16 GiB of GPU memory together, and each GPU has 12 GiB",
        "gemma:ollama.maxLoadedModels: 2 -> 3: this host has 55.5 GiB for the server and 12 GiB + 12 GiB on its GPUs, which is as many models as it holds at once",
      ],
    ],
  ])("for a stack of three models with a gateway on %s", async (_, facts, lines) => {
    expect(propose(facts, await configOf(production)).map(changeText)).toEqual(lines);
  });

  it.each<[string, TuneFacts, string[]]>([
    [
      "a laptop with 16 GB",
      { cores: 4, sockets: 1, memory: 15.5 * GiB, gpus: [] },
      [
        "gemma:cpus: 0 -> 3: 4 physical cores, one of them for the gateway, Docker and the system",
        "gemma:memory: 12GiB -> 11GiB: the models of one place take 8.53 GiB, and a fifth more",
        "gemma:memoryReservation: 0 -> 9GiB: the models of one place take 8.53 GiB, which the host keeps for them",
      ],
    ],
    [
      "32 GB and 8 cores",
      { cores: 8, sockets: 1, memory: 31 * GiB, gpus: [] },
      [
        "gemma:cpus: 0 -> 7: 8 physical cores, one of them for the gateway, Docker and the system",
        "gemma:memory: 12GiB -> 13GiB: the models of one place take 10.3 GiB, and a fifth more",
        "gemma:memoryReservation: 0 -> 11GiB: the models of one place take 10.3 GiB, which the host keeps for them",
        "gemma:ollama.numParallel: 1 -> 2: 8 cores answer 2 at once before each becomes too slow",
        "gemma:ollama.cacheRam: 512m -> 2GiB: 19.1 GiB are left beside the models; prompts that come again are not read again",
      ],
    ],
    [
      "64 GB and 16 cores",
      { cores: 16, sockets: 1, memory: 62.5 * GiB, gpus: [] },
      [
        "gemma:cpus: 0 -> 15: 16 physical cores, one of them for the gateway, Docker and the system",
        "gemma:memory: 12GiB -> 13GiB: the models of one place take 10.8 GiB, and a fifth more",
        "gemma:memoryReservation: 0 -> 11GiB: the models of one place take 10.8 GiB, which the host keeps for them",
        "gemma:ollama.numParallel: 1 -> 4: 16 cores answer 4 at once before each becomes too slow",
        "gemma:ollama.cacheRam: 512m -> 2GiB: 47 GiB are left beside the models; prompts that come again are not read again",
      ],
    ],
    [
      "128 GB and 32 cores in 2 sockets",
      { cores: 32, sockets: 2, memory: 125 * GiB, gpus: [] },
      [
        "gemma:cpus: 0 -> 16: the cores of one of 2 sockets: threads on another one wait for memory that is not theirs",
        "gemma:memory: 12GiB -> 13GiB: the models of one place take 10.8 GiB, and a fifth more",
        "gemma:memoryReservation: 0 -> 11GiB: the models of one place take 10.8 GiB, which the host keeps for them",
        "gemma:ollama.numParallel: 1 -> 4: 32 cores answer 4 at once before each becomes too slow",
        "gemma:ollama.cacheRam: 512m -> 2GiB: 103 GiB are left beside the models; prompts that come again are not read again",
      ],
    ],
    [
      "one GPU of 24 GB",
      { cores: 12, sockets: 1, memory: 62.5 * GiB, gpus: [24 * GiB] },
      [
        "gemma:gpus: none -> 1: the models take 4.4 GiB of GPU memory together, and the GPU has 24 GiB",
        "gemma:cpus: 0 -> 8: with models on a GPU more than 8 threads only wait",
        "gemma:memory: 12GiB -> 9GiB: the models of one place take 6.88 GiB, and a fifth more",
        "gemma:memoryReservation: 0 -> 7GiB: the models of one place take 6.88 GiB, which the host keeps for them",
        "gemma:ollama.numParallel: 1 -> 4: a GPU answers 4 requests together nearly as fast as one",
        "gemma:ollama.cacheRam: 512m -> 2GiB: 50.9 GiB are left beside the models; prompts that come again are not read again",
      ],
    ],
    [
      "two GPUs of 12 GB",
      { cores: 16, sockets: 1, memory: 62.5 * GiB, gpus: [12 * GiB, 12 * GiB] },
      [
        "gemma:gpus: none -> 1: the models take 4.4 GiB of GPU memory together, and each GPU has 12 GiB",
        "gemma:cpus: 0 -> 8: with models on a GPU more than 8 threads only wait",
        "gemma:memory: 12GiB -> 9GiB: the models of one place take 6.88 GiB, and a fifth more",
        "gemma:memoryReservation: 0 -> 7GiB: the models of one place take 6.88 GiB, which the host keeps for them",
        "gemma:ollama.numParallel: 1 -> 4: a GPU answers 4 requests together nearly as fast as one",
        "gemma:ollama.cacheRam: 512m -> 2GiB: 50.9 GiB are left beside the models; prompts that come again are not read again",
      ],
    ],
  ])("for one model with the defaults on %s", async (_, facts, lines) => {
    expect(propose(facts, await configOf({ models: ["gemma3n:e4b"] })).map(changeText)).toEqual(lines);
  });

  const laptop: TuneFacts = { cores: 4, sockets: 1, memory: 15.5 * GiB, gpus: [] };

  it("is a KV cache of half the size, and then a shorter context, where the host does not hold what was asked for", async () => {
    const asked = { models: ["gemma3:4b"], memory: "32GiB", ollama: { contextLength: 131_072 } };
    const changes = propose(laptop, await configOf(asked)).map(({ path, value }) => [path.join("."), value]);
    expect(changes).toContainEqual(["ollama.kvCacheType", "q8_0"]);
    expect(changes.map(([key]) => key)).not.toContain("ollama.contextLength");
    const tight = { ...laptop, memory: 10 * GiB };
    const shorter = propose(tight, await configOf(asked)).map(({ path, value }) => [path.join("."), value]);
    expect(shorter).toContainEqual(["ollama.contextLength", 8192]);
  });

  it("takes out threads that are not those of the CPUs", async () => {
    const config = await configOf({ models: ["gemma3n:e4b"], cpus: "4", ollama: { threads: 4 } });
    expect(propose(laptop, config, 4)).toContainEqual({
      path: ["ollama", "threads"],
      value: undefined,
      from: 4,
      reason: "the whole CPUs of cpus are as many as help",
    });
  });

  it("leaves memory alone where nobody knows what the models take", async () => {
    const keys = propose(laptop, await configOf({ models: ["unknown:1b"] })).map(({ path }) => path[0]);
    expect(keys).toEqual(["cpus"]);
  });

  it("is nothing more once it is written", async () => {
    const facts: TuneFacts = { ...laptop, gpus: [24 * GiB] };
    const text = "config:\n  gemma:models:\n    - gemma3n:e4b\n";
    const keys = { models: ["gemma3n:e4b"] };
    const changed = changedFile(text, propose(facts, await configOf(keys)));
    const { parse } = await import("yaml");
    const written = (parse(changed) as { config: Record<string, unknown> }).config;
    const own = Object.entries(written).map(([key, value]) => [key.slice("gemma:".length), value]);
    expect(propose(facts, await configOf(Object.fromEntries(own) as Record<string, unknown>))).toEqual([]);
  });
});

describe("the file of a stack", () => {
  const text = [
    "# Ours",
    "config:",
    "  gemma:models:",
    "    - gemma3n:e4b # The one",
    '  gemma:cpus: "8"',
    "  gemma:ollama:",
    "    # As many as there are desks.",
    "    numParallel: 4",
    "    threads: 8",
    "",
  ].join("\n");
  const changes = [
    { path: ["cpus"], value: "3", from: "8", reason: "" },
    { path: ["ollama", "threads"], value: undefined, from: 8, reason: "" },
    { path: ["ollama", "numParallel"], value: 1, from: 4, reason: "" },
    { path: ["memory"], value: "11GiB", from: "12GiB", reason: "" },
  ];

  it("keeps its comments, and the diff tells what is changed", () => {
    expect(unifiedDiff("Pulumi.x.yaml", text, changedFile(text, changes))).toBe(
      [
        "--- Pulumi.x.yaml",
        "+++ Pulumi.x.yaml",
        "@@ -2,8 +2,8 @@",
        " config:",
        "   gemma:models:",
        "     - gemma3n:e4b # The one",
        '-  gemma:cpus: "8"',
        '+  gemma:cpus: "3"',
        "   gemma:ollama:",
        "     # As many as there are desks.",
        "-    numParallel: 4",
        "-    threads: 8",
        "+    numParallel: 1",
        "+  gemma:memory: 11GiB",
        "",
      ].join("\n"),
    );
    expect(unifiedDiff("x", text, text)).toBe("");
  });

  it("is refused where a key is a text in place of a map", () => {
    const written = "config:\n  gemma:ollama: '{\"threads\": 8}'\n";
    expect(() => changedFile(written, changes)).toThrow(/^gemma:ollama is not written as keys below it/);
  });

  it("is taken by the program, or refused with what is wrong", async () => {
    await requireAccepted("x", changedFile(text, changes), projectFolder);
    const small = changedFile(text, [{ path: ["memory"], value: "1GiB", from: "", reason: "" }]);
    await expect(requireAccepted("x", small, projectFolder)).rejects.toMatchObject({
      status: exitStatus.refused,
      message: expect.stringMatching(
        /^The proposed values are refused, and nothing was written\. [^]*memory/,
      ) as string,
    });
  });
});

describe("physical cores", () => {
  const cpu = (socket: number, core: number) => `processor\t: 0\nphysical id\t: ${socket}\ncore id\t\t: ${core}\n`;

  it("are those of all sockets, threads of one core once", () => {
    expect(coresIn([cpu(0, 0), cpu(0, 1), cpu(0, 0), cpu(1, 0), cpu(1, 1)].join("\n"))).toEqual({
      cores: 4,
      sockets: 2,
    });
  });

  it("are unknown where the kernel does not tell", () => {
    expect(coresIn("processor\t: 0\n\nprocessor\t: 1\n")).toBeUndefined();
  });
});
