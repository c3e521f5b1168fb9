import { describe, expect, it } from "vitest";
import { parsed, problemsOf } from "../support/raw-config.ts";

const hex = "a".repeat(64);

const wholeMiB = "write a size of whole MiB with its unit, for example 16GiB or 512m (units are powers of 1024)";

describe("sizes", () => {
  it.each(["16", "16GB", "1.5m", "512k", "-1g", "sixteen", ""])("refuses memory %j", (memory) => {
    expect(problemsOf({ memory })).toEqual([`memory: ${wholeMiB}`]);
  });

  it("refuses a list in place of a size", () => {
    expect(problemsOf({ memory: ["16g"] })).toEqual(["memory: write a size with its unit, for example 16GiB or 512m"]);
  });

  it.each([
    ["0", 0],
    ["16GiB", 16384],
    ["512m", 512],
    ["8192k", 8],
    ["6m", 6],
    [0, 0],
  ])("takes memoryReservation %j as %d MiB", (memoryReservation, size) => {
    expect(parsed({ memoryReservation }).memoryReservation).toBe(size);
  });

  it.each([
    ["memory", "63m", "64m or more, which Ollama needs to start without a model"],
    ["memoryReservation", "5m", "6m or more, which Docker needs for a container"],
  ])("refuses for %s the %s that nothing starts with", (key, size, least) => {
    expect(problemsOf({ [key]: size })).toContain(`${key}: write ${least}, or 0 for none`);
  });

  it("refuses a log without any room", () => {
    expect(problemsOf({ logging: { maxSize: "0" } })).toEqual(["logging.maxSize: write 1m or more"]);
  });

  it("refuses a /dev/shm without any room", () => {
    expect(problemsOf({ shmSize: "0" })).toEqual(["shmSize: write 1m or more; Docker's own default is 64m"]);
  });

  it("tells a bad size of /dev/shm once", () => {
    expect(problemsOf({ shmSize: "big" })).toEqual([`shmSize: ${wholeMiB}`]);
  });

  it.each(["memoryReservation", "shmSize"])("refuses a number without a unit for %s", (key) => {
    expect(problemsOf({ [key]: "64" })[0]).toBe(`${key}: ${wholeMiB}`);
  });
});

describe("images", () => {
  const example = "for example ollama/ollama:0.33.3, with @sha256:… behind it to pin it";

  it.each([
    "ollama/ollama:0.33.3",
    `ollama/ollama:0.33.3@sha256:${hex}`,
    `ollama/ollama@sha256:${hex}`,
    "host:5000/x:1",
    "ghcr.io/a/b_c/d:V1",
    "my_ollama:1",
    `sha256:${hex}`,
  ])("takes %s", (baseImage) => {
    expect(parsed({ baseImage }).baseImage).toBe(baseImage);
  });

  it.each(["ollama/ollama:latest", `ollama/ollama:latest@sha256:${hex}`, "host:5000/x:latest"])(
    "refuses the moving tag of %s",
    (baseImage) => {
      expect(problemsOf({ baseImage })).toEqual([`baseImage: name a version instead of latest, ${example}`]);
    },
  );

  it.each(["ollama", "ollama/ollama", "host:5000/x"])("refuses %s, which has no tag", (baseImage) => {
    expect(problemsOf({ baseImage })).toEqual([
      `baseImage: name a version: without one Docker takes latest; ${example}`,
    ]);
  });

  it.each(["", "Ollama:1", "a b:1", "sha256:abc", `sha256:${"g".repeat(64)}`, "a:1@sha256:abc", `${hex}!`])(
    "refuses %j, which is no image, with a single message",
    (baseImage) => {
      expect(problemsOf({ baseImage })).toEqual([
        `baseImage: write an image, ${example}, or sha256:… for the ID of a loaded one`,
      ]);
    },
  );

  it("refuses a number in place of an image", () => {
    expect(problemsOf({ baseImage: 1 })).toEqual([`baseImage: write an image, ${example}`]);
  });
});

describe("registry", () => {
  it.each([
    "https://registry.ollama.ai",
    "https://registry.example:5000",
    "http://127.0.0.1:5000",
    "http://localhost",
    "http://[::1]:5000",
  ])("takes %s", (registry) => {
    expect(parsed({ registry }).registry).toBe(registry);
  });

  it.each(["http://registry.example", "http://10.0.0.1:5000", "http://127.0.0.1.example"])(
    "refuses plain http beyond loopback, %s",
    (registry) => {
      expect(problemsOf({ registry })).toEqual([
        "registry: use https: plain http is accepted for a registry on loopback only",
      ]);
    },
  );

  it.each([
    "registry.ollama.ai",
    "ftp://registry.example",
    "https://registry.example/v2",
    "https://registry.example/",
    "https://user:pw@registry.example",
    "https://registry.example:99999",
    "",
  ])("refuses %j", (registry) => {
    expect(problemsOf({ registry })).toEqual([
      "registry: write an http(s) URL without a path or credentials, for example https://registry.ollama.ai",
    ]);
  });

  it("takes Ollama's library where none is named", () => {
    expect(parsed({ registry: undefined }).registry).toBe("https://registry.ollama.ai");
  });
});

describe("gpus", () => {
  it.each([
    ["none", { kind: "none" }],
    ["0", { kind: "none" }],
    [0, { kind: "none" }],
    ["all", { kind: "count", count: -1 }],
    ["1", { kind: "count", count: 1 }],
    [4, { kind: "count", count: 4 }],
    ["device=0", { kind: "devices", ids: ["0"] }],
    ["device=0,2", { kind: "devices", ids: ["0", "2"] }],
    ["device=GPU-3a23c669-1f69", { kind: "devices", ids: ["GPU-3a23c669-1f69"] }],
    ["device=0:1", { kind: "devices", ids: ["0:1"] }],
  ])("takes %j", (gpus, reservation) => {
    expect(parsed({ gpus }).gpus).toEqual(reservation);
  });

  it.each(["", "-1", "01", "1.5", "any", "All", "device=", "device=,", "device=0,", "device=0,0", "0,2", true])(
    "refuses %j",
    (gpus) => {
      expect(problemsOf({ gpus })).toEqual([
        "gpus: write none, all, a count such as 1, or device=0,2 with indices or UUIDs",
      ]);
    },
  );
});
