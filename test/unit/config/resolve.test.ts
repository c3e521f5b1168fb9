import { describe, expect, it } from "vitest";
import type { RawConfig } from "../../../config/problems.ts";
import { resolveConfig } from "../../../config/resolve.ts";
import { e4bDigest, parsed } from "../support/raw-config.ts";

const otherDigest = `sha256:${"0".repeat(64)}`;

function resolved(change: RawConfig) {
  return resolveConfig(parsed(change));
}

describe("resolveConfig", () => {
  it.each([
    ["0", undefined],
    ["0.5", 1],
    ["8", 8],
    ["2.9", 2],
  ])("derives the threads of cpus %s", (cpus, threads) => {
    expect(resolved({ cpus }).ollama.threads).toBe(threads);
  });

  it("keeps the threads that the configuration sets", () => {
    expect(resolved({ cpus: "8", ollama: { threads: 4 } }).ollama.threads).toBe(4);
  });

  it.each([
    ["auto", "0", "start-first", "each container publishes a port of its own"],
    ["auto", "8080", "recreate", "port 8080 is published directly, and two containers cannot hold it"],
    ["recreate", "0", "recreate", undefined],
    ["recreate", "8080", "recreate", undefined],
    ["start-first", "0", "start-first", undefined],
  ])("turns replacement %s with port %s into %s", (written, port, replacement, replacementReason) => {
    expect(resolved({ replacement: written, port })).toMatchObject({ replacement, replacementReason });
  });

  it.each([
    ["auto", "0", "start-first", "nothing is published"],
    ["auto", "8080", "start-first", "nothing is published"],
    ["recreate", "8080", "recreate", undefined],
    ["start-first", "8080", "start-first", undefined],
  ])(
    "turns replacement %s with port %s into %s on a network without a way out",
    (written, port, replacement, replacementReason) => {
      const internal = { delivery: "embedded", baseImage: otherDigest, network: { internal: true } };
      expect(resolved({ ...internal, replacement: written, port })).toMatchObject({ replacement, replacementReason });
    },
  );

  describe("with the gateway", () => {
    const gateway = { enabled: true, clients: ["backend"] };
    const stack = { delivery: "embedded", baseImage: otherDigest, gateway };

    it.each([
      ["auto", "0", "start-first", "the gateway switches to a container that has passed the gate"],
      ["auto", "8080", "start-first", "the gateway switches to a container that has passed the gate"],
      ["recreate", "8080", "recreate", undefined],
      ["start-first", "8080", "start-first", undefined],
    ])("turns replacement %s with port %s into %s", (written, port, replacement, replacementReason) => {
      expect(resolved({ ...stack, replacement: written, port })).toMatchObject({ replacement, replacementReason });
    });

    it.each([false, true])("has no way out for the server when internal is %s", (internal) => {
      expect(resolved({ ...stack, network: { internal } }).network).toEqual({ internal: true });
    });

    it("gives the reason of the gateway before that of the network", () => {
      expect(resolved({ ...stack, network: { internal: true } }).replacementReason).toBe(
        "the gateway switches to a container that has passed the gate",
      );
    });

    it("that is off leaves the network as it is", () => {
      expect(resolved({ gateway: { ...gateway, enabled: false } }).network).toEqual({ internal: false });
    });
  });

  it("passes every other key on unchanged", () => {
    const config = parsed({ cpus: "2" });
    expect(resolveConfig(config)).toEqual({
      ...config,
      models: [expect.objectContaining({ name: "gemma3n:e4b", digest: e4bDigest })],
      replacement: "recreate",
      replacementReason: "port 11434 is published directly, and two containers cannot hold it",
      ollama: { ...config.ollama, threads: 2 },
    });
  });
});
