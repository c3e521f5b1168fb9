import { describe, expect, it } from "vitest";
import { changedIn } from "../../../../operations/drift/blobs.ts";
import { compareTraits } from "../../../../operations/drift/compare.ts";
import { changedKeys } from "../../../../operations/drift/configuration.ts";
import { deployedIn } from "../../../../operations/drift/deployed.ts";
import { runningTraits, type Inspected } from "../../../../operations/drift/running.ts";
import { verdictOf, verdictText } from "../../../../operations/drift/verdict.ts";
import { MiB } from "../../../../support/units.ts";

const image = `sha256:${"1".repeat(64)}`;
const type = "docker:index/container:Container";
const urn = (name: string) => `urn:pulumi:prod::gemma::${type}::${name}`;
const inputs = {
  name: "ollama-container-1",
  image,
  user: "10001:10001",
  command: ["serve"],
  envs: ["OLLAMA_HOST=0.0.0.0:11434", "SECRET=swordfish"],
  memory: 2048,
  memorySwap: 2048,
  cpus: "1.5",
  cpuShares: 1024,
  readOnly: true,
  restart: "unless-stopped",
  securityOpts: ["no-new-privileges:true"],
  capabilities: { drops: ["ALL"] },
  networksAdvanced: [{ name: "inner" }],
  volumes: [{ containerPath: "/models" }],
};
const resources = [
  { type, urn: urn("ollama-container"), id: "abc", inputs },
  {
    type: "command:local:Command",
    urn: "x::ollama-container-pids",
    inputs: { stdin: '{"container":"abc","limit":4096}' },
  },
];

const running: Inspected = {
  Image: image,
  Config: {
    Image: image,
    User: "10001:10001",
    Cmd: ["serve"],
    Env: ["PATH=/usr/bin", "SECRET=swordfish", "OLLAMA_HOST=0.0.0.0:11434"],
  },
  HostConfig: {
    Memory: 2048 * MiB,
    MemorySwap: 2048 * MiB,
    NanoCpus: 1_500_000_000,
    CpuShares: 1024,
    PidsLimit: 4096,
    ReadonlyRootfs: true,
    Privileged: false,
    RestartPolicy: { Name: "unless-stopped" },
    SecurityOpt: ["no-new-privileges:true"],
    CapAdd: null,
    CapDrop: ["ALL"],
    DeviceRequests: null,
  },
  Mounts: [
    { Destination: "/models", Type: "volume" },
    { Destination: "/tmp", Type: "tmpfs" },
  ],
  NetworkSettings: { Networks: { inner: {} } },
};

const compared = (now: Inspected) =>
  deployedIn({ resources }).flatMap(({ name, traits }) => compareTraits(name, traits, runningTraits(now)));

describe("compareTraits", () => {
  it("finds no difference in a container that is as it was deployed", () => {
    expect(compared(running)).toEqual([]);
  });

  const host = (own: Partial<Inspected["HostConfig"]>) => ({
    ...running,
    HostConfig: { ...running.HostConfig, ...own },
  });
  const config = (own: Partial<Inspected["Config"]>) => ({ ...running, Config: { ...running.Config, ...own } });
  it.each([
    ["memory", host({ Memory: 1024 * MiB }), "2147483648", "1073741824"],
    ["cpus", host({ NanoCpus: 1e9 }), "1.5", "1"],
    ["pidsLimit", host({ PidsLimit: null }), "4096", "0"],
    ["privileged", host({ Privileged: true }), "false", "true"],
    ["restart", host({ RestartPolicy: { Name: "no" } }), "unless-stopped", "no"],
    ["capabilitiesAdded", host({ CapAdd: ["NET_ADMIN"] }), "none", "NET_ADMIN"],
    ["securityOptions", host({ SecurityOpt: null }), "no-new-privileges:true", "none"],
    ["gpus", host({ DeviceRequests: [{}] }), "false", "true"],
    ["user", config({ User: "0" }), "10001:10001", "0"],
    ["image", config({ Image: "sha256:2" }), image, "sha256:2"],
    ["networks", { ...running, NetworkSettings: { Networks: {} } }, "inner", "none"],
    ["mounts", { ...running, Mounts: [] }, "/models", "none"],
  ])("names %s", (key, now, deployed, is) => {
    expect(compared(now)).toEqual([{ of: "ollama-container-1", key, deployed, now: is }]);
  });

  it("names a variable of the environment without its value", () => {
    const changed = config({ Env: ["OLLAMA_HOST=0.0.0.0:11434", "SECRET=other"] });
    expect(compared(changed)).toEqual([{ of: "ollama-container-1", key: "environment SECRET" }]);
  });

  it("does not compare an environment that is encrypted in the state", () => {
    const [container] = deployedIn({
      resources: [{ type, urn: urn("a"), id: "a", inputs: { ...inputs, envs: { ciphertext: "v1:x" } } }],
    });
    const traits = container?.traits ?? {};
    expect(traits).toMatchObject({ user: "10001:10001", environment: undefined });
    expect(compareTraits("a", traits, runningTraits(config({ Env: [] })))).toEqual([]);
  });
});

describe("changedIn", () => {
  it("names a file whose hash is not its name", () => {
    const [one, other] = ["a".repeat(64), "b".repeat(64)];
    expect(changedIn(`${one}  sha256-${one}\n${one}  sha256-${other}\n`)).toEqual([
      { of: "models", key: `blob sha256-${other}`, deployed: other, now: one },
    ]);
  });
});

describe("changedKeys", () => {
  it("names changed, new and removed keys, and looks at no secret", () => {
    const deployed = { same: { value: "1" }, changed: { value: "1" }, gone: { value: "1" }, hidden: { secret: true } };
    const file = {
      same: { value: "1" },
      changed: { value: "2" },
      added: { value: "1" },
      hidden: { value: "x", secret: true },
    };
    expect(changedKeys(deployed, file)).toEqual(
      ["added", "changed", "gone"].map((key) => ({ of: "configuration", key })),
    );
  });
});

describe("verdictOf", () => {
  it("counts a difference more than what cannot be told", () => {
    const difference = { of: "c", key: "memory", deployed: "2", now: "1" };
    expect(verdictOf([], [], []).verdict).toBe("as-deployed");
    expect(verdictOf([], ["configuration"], []).verdict).toBe("unknown");
    expect(verdictText("prod", verdictOf([difference], ["configuration"], ["files of the models"]))).toBe(
      "The stack prod does not run as it was deployed\n" +
        "  c: memory: deployed 2, now 1\n" +
        "  cannot be told: configuration\n" +
        "  not looked at: files of the models\n",
    );
  });
});
