import { describe, expect, it } from "vitest";
import type { RawConfig } from "../../../config/problems.ts";
import { resolveConfig } from "../../../config/resolve.ts";
import { judgeReplacement, planReplacement } from "../../../engine/replacement.ts";
import { fakeEngine } from "../support/fake-engine.ts";
import { fakePrograms } from "../support/fake-program.ts";
import { parsed } from "../support/raw-config.ts";

const labels = { "io.chatgemma.stack": "gemma/dev", "io.chatgemma.state": "0123" };
const startFirst = { port: "0" };
const gateway = {
  delivery: "embedded",
  baseImage: `sha256:${"a".repeat(64)}`,
  gateway: { enabled: true, clients: ["backend"], holdTimeout: "2m" },
};
const config = (change: RawConfig) => resolveConfig(parsed(change));
const why = "another one needs 8.53 GiB of memory, and 5 GiB are free";

describe("the replacement of a server that runs", () => {
  it("is as the configuration has it where two fit", () => {
    expect(judgeReplacement(config(startFirst), 1, { fits: "yes" })).toEqual({ replacement: "start-first" });
  });

  it("lets requests wait at the gateway where two do not fit", () => {
    expect(judgeReplacement(config(gateway), 1, { fits: "no", why })).toEqual({
      replacement: "recreate",
      notice:
        `Two servers do not fit on this host: ${why}. The running server is removed before its replacement starts; ` +
        "the gateway holds requests meanwhile, each for 2 min 0 s at most (gateway.holdTimeout)",
    });
  });

  it("is an outage without a gateway where two do not fit", () => {
    expect(judgeReplacement(config({ ...startFirst, readiness: { timeout: "90s" } }), 1, { fits: "no", why })).toEqual({
      replacement: "recreate",
      notice:
        `Two servers do not fit on this host: ${why}. The running server is removed before its replacement starts; ` +
        "nothing is served until that has loaded the model and passed its gate, for which it has 1 min 30 s (readiness.timeout)",
    });
  });

  it("says what is unknown, which stands in nobody's way", () => {
    const unknown = "/proc/meminfo does not tell the free memory";
    expect(judgeReplacement(config(startFirst), 1, { fits: "unknown", why: unknown })).toEqual({
      replacement: "start-first",
      notice:
        `Whether two servers fit on this host is not known: ${unknown}. The replacement starts beside the running server; ` +
        "write gemma:replacement: recreate where it finds too little",
    });
  });

  it.each(["yes", "no"] as const)("never makes a third one, whether another fits (%s)", (fits) => {
    const { replacement, notice } = judgeReplacement(config(startFirst), 2, fits === "yes" ? { fits } : { fits, why });
    expect(replacement).toBe("recreate");
    expect(notice).toBe(
      "Two servers of this stack run, as an update has failed before: the one that it brought is removed before its replacement starts, so that there are never three",
    );
  });
});

describe("the plan for a stack in an engine", () => {
  const container = (name: string, own: object = labels) => ({ Id: name, Names: [name], Labels: own, Ports: null });
  const engineWith = (...running: object[]) =>
    fakeEngine("engine-1", "/var/lib/docker", { "/containers/json": running });
  const crowded = { ...startFirst, gpus: "1" };

  /** A host with a GPU on which nothing is free. */
  const plan = (change: RawConfig, ...running: object[]) => {
    fakePrograms({ "nvidia-smi": "echo 0, GPU-a, 0" });
    return planReplacement(config(change), { endpoint: engineWith(...running), labels });
  };

  it("goes by the host's memory where a server of its own runs", async () => {
    const { replacement, notice } = await plan(crowded, container("/ollama-container-1"));
    expect(replacement).toBe("recreate");
    expect(notice).toContain("Two servers do not fit on this host: ");
    expect(notice).toContain("another one needs 4.4 GiB of GPU memory, and 0 bytes are free on the reserved GPUs");
  });

  it.each([
    ["nothing runs", []],
    ["its gateway alone runs", [container("/gateway-container-1")]],
    ["another stack's server runs", [container("/ollama-container-1", { ...labels, "io.chatgemma.state": "4567" })]],
  ])("has nothing to say where %s", async (_, running) => {
    expect(await plan(crowded, ...running)).toEqual({ replacement: "start-first" });
  });

  it("has nothing to say where the server goes first anyway", async () => {
    expect(await plan({ gpus: "1" }, container("/ollama-container-1"))).toEqual({ replacement: "recreate" });
  });

  it("goes by what the usher of the new server may take, where there is a gateway", async () => {
    const huge = (usher: object) => ({ ...gateway, gateway: { ...gateway.gateway, memory: "1048576GiB", usher } });
    const { replacement, notice } = await plan(huge({ memory: "1048576GiB" }), container("/ollama-container-1"));
    expect(replacement).toBe("recreate");
    expect(notice).toContain("another one, with its part of the gateway, needs 1024 TiB of memory, and ");
  });

  it("counts the servers that run", async () => {
    const { notice } = await plan(crowded, container("/ollama-container-1"), container("/ollama-container-2"));
    expect(notice).toContain("so that there are never three");
  });
});
