import { describe, expect, it } from "vitest";
import { changedIn } from "../../../../operations/drift/blobs.ts";
import { changedKeys } from "../../../../operations/drift/configuration.ts";
import { containers } from "../../../../operations/drift/container.ts";
import { deployedOf, differencesOf } from "../../../../operations/drift/engine.ts";
import { networks, networkTraits, type InspectedNetwork } from "../../../../operations/drift/network.ts";
import { withPidsLimits } from "../../../../operations/drift/pids.ts";
import { runningTraits, type InspectedContainer } from "../../../../operations/drift/running.ts";
import { verdictOf, verdictText } from "../../../../operations/drift/verdict.ts";
import { MiB } from "../../../../support/units.ts";

const image = `sha256:${"1".repeat(64)}`;
const id = "abc".padEnd(64, "0");
const type = "docker:index/container:Container";
const urn = (name: string) => `urn:pulumi:prod::gemma::${type}::${name}`;
const inputs = {
  __defaults: ["name", "start"],
  start: true,
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
  labels: [{ label: "io.chatgemma.stack", value: "gemma/prod" }],
  shmSize: 64,
  ulimits: [{ name: "nofile", soft: 1024, hard: 2048 }],
  pidMode: "host",
  deviceRequests: [{ driver: "nvidia", capabilities: ["gpu"], count: 1 }],
  stopSignal: "SIGUSR1",
  stopTimeout: 30,
  healthcheck: { tests: ["CMD", "ollama", "list"], interval: "30s", timeout: "10s", startPeriod: "1m0s", retries: 3 },
  logDriver: "json-file",
  logOpts: { "max-size": "10m", "max-file": "3" },
  ports: [{ internal: 8080, ip: "127.0.0.1", external: 11434 }],
  tmpfs: { "/tmp": "mode=0700,size=16m" },
  networksAdvanced: [{ name: "inner", aliases: ["ollama"] }],
  volumes: [{ volumeName: "store", containerPath: "/models", readOnly: true }],
  mounts: [{ type: "bind", source: "/", target: "/host", readOnly: true }],
};
const resources = [
  { type, urn: urn("ollama-container"), id, inputs },
  {
    type: "command:local:Command",
    urn: "x::ollama-container-pids",
    inputs: { stdin: JSON.stringify({ container: id, limit: 4096 }) },
  },
];

const running: InspectedContainer = {
  Id: id,
  Name: "/ollama-container-1",
  Image: image,
  Config: {
    Image: image,
    User: "10001:10001",
    Cmd: ["serve"],
    Entrypoint: ["/bin/ollama"],
    Env: ["PATH=/usr/bin", "SECRET=swordfish", "OLLAMA_HOST=0.0.0.0:11434"],
    Labels: { "org.opencontainers.image.version": "1", "io.chatgemma.stack": "gemma/prod" },
    StopSignal: "SIGUSR1",
    StopTimeout: 30,
    Healthcheck: {
      Test: ["CMD", "ollama", "list"],
      Interval: 30e9,
      Timeout: 10e9,
      StartPeriod: 60e9,
      Retries: 3,
    },
  },
  HostConfig: {
    Memory: 2048 * MiB,
    MemorySwap: 2048 * MiB,
    MemoryReservation: 0,
    ShmSize: 64 * MiB,
    NanoCpus: 1_500_000_000,
    CpuShares: 1024,
    PidsLimit: 4096,
    PidMode: "host",
    ReadonlyRootfs: true,
    Privileged: false,
    RestartPolicy: { Name: "unless-stopped" },
    SecurityOpt: ["no-new-privileges:true"],
    CapAdd: null,
    CapDrop: ["ALL"],
    DeviceRequests: [{ Driver: "nvidia", Count: 1, DeviceIDs: null, Capabilities: [["gpu"]] }],
    LogConfig: { Type: "json-file", Config: { "max-file": "3", "max-size": "10m" } },
    PortBindings: { "8080/tcp": [{ HostIp: "127.0.0.1", HostPort: "11434" }] },
    Tmpfs: { "/tmp": "mode=0700,size=16m" },
    Ulimits: [
      { Name: "core", Soft: 0, Hard: 0 },
      { Name: "nofile", Soft: 1024, Hard: 2048 },
    ],
  },
  Mounts: [
    { Type: "volume", Name: "store", Source: "/var/lib/docker/volumes/store/_data", Destination: "/models", RW: false },
    { Type: "bind", Source: "/", Destination: "/host", RW: false },
    { Type: "volume", Name: "a".repeat(64), Source: "/x", Destination: "/of-the-image", RW: true },
  ],
  NetworkSettings: { Networks: { inner: { Aliases: ["ollama", id.slice(0, 12)] } } },
};

const deployed = () => withPidsLimits(deployedOf(containers, { resources }), { resources });
const compared = (now: InspectedContainer | undefined) =>
  deployed().flatMap((each) => differencesOf(containers, each, now && { id: now.Id, traits: runningTraits(now) }));

describe("a container", () => {
  it("has no difference when it is as it was deployed", () => {
    expect(compared(running)).toEqual([]);
    expect(deployed()[0]).toMatchObject({ encrypted: [], unknown: [] });
  });

  it("is gone, or another one has its name", () => {
    const of = "ollama-container-1";
    const short = id.slice(0, 12);
    expect(compared(undefined)).toEqual([{ of, key: "container", deployed: short, now: "gone" }]);
    const other = { ...host({ PortBindings: {} }), Id: "d".repeat(64) };
    expect(compared(other)).toEqual([
      { of, key: "container", deployed: short, now: `another, ${"d".repeat(12)}` },
      { of, key: "ports", deployed: "127.0.0.1:11434 to 8080/tcp", now: "none" },
      // It is no longer left out as the other one's ID.
      { of, key: "aliases", deployed: "ollama in inner", now: `${short} in inner, ollama in inner` },
    ]);
  });

  const host = (own: Partial<InspectedContainer["HostConfig"]>) => ({
    ...running,
    HostConfig: { ...running.HostConfig, ...own },
  });
  const config = (own: Partial<InspectedContainer["Config"]>) => ({
    ...running,
    Config: { ...running.Config, ...own },
  });
  const health = "CMD ollama list (interval 30s, timeout 10s, start period 1m0s, retries 3)";
  const mounts = "bind / at /host, read-only, volume store at /models, read-only";
  it.each([
    ["name", { ...running, Name: "/other" }, "ollama-container-1", "other"],
    ["memory", host({ Memory: 1024 * MiB }), "2147483648", "1073741824"],
    ["memoryReservation", host({ MemoryReservation: MiB }), "0", "1048576"],
    ["shmSize", host({ ShmSize: MiB }), "67108864", "1048576"],
    ["cpus", host({ NanoCpus: 1e9 }), "1.5", "1"],
    ["pidsLimit", host({ PidsLimit: null }), "4096", "0"],
    ["ulimits", host({ Ulimits: [{ Name: "nofile", Soft: 1, Hard: 2 }] }), "nofile=1024:2048", "nofile=1:2"],
    ["pidMode", host({ PidMode: "" }), "host", ""],
    ["privileged", host({ Privileged: true }), "false", "true"],
    ["restart", host({ RestartPolicy: { Name: "no" } }), "unless-stopped", "no"],
    ["capabilitiesAdded", host({ CapAdd: ["NET_ADMIN"] }), "none", "NET_ADMIN"],
    ["securityOptions", host({ SecurityOpt: null }), "no-new-privileges:true", "none"],
    ["gpus", host({ DeviceRequests: null }), "nvidia: count 1, gpu", "none"],
    ["logDriver", host({ LogConfig: { ...running.HostConfig.LogConfig, Type: "none" } }), "json-file", "none"],
    ["logOptions", host({ LogConfig: { Type: "json-file", Config: null } }), "max-file=3, max-size=10m", "none"],
    [
      "ports",
      host({ PortBindings: { "8080/tcp": [{ HostIp: "0.0.0.0", HostPort: "11434" }] } }),
      "127.0.0.1:11434 to 8080/tcp",
      "0.0.0.0:11434 to 8080/tcp",
    ],
    ["tmpfs", host({ Tmpfs: { "/tmp": "mode=0777" } }), "/tmp=mode=0700,size=16m", "/tmp=mode=0777"],
    ["user", config({ User: "0" }), "10001:10001", "0"],
    ["image", config({ Image: "sha256:2" }), image, "sha256:2"],
    [
      "labels",
      config({ Labels: { "io.chatgemma.stack": "x" } }),
      "io.chatgemma.stack=gemma/prod",
      "io.chatgemma.stack=x",
    ],
    ["stopSignal", config({ StopSignal: "SIGKILL" }), "SIGUSR1", "SIGKILL"],
    ["stopTimeout", config({ StopTimeout: null }), "30", "none"],
    [
      "healthCheck",
      config({ Healthcheck: { Test: ["NONE"] } }),
      health,
      "NONE (interval 0s, timeout 0s, start period 0s, retries 0)",
    ],
    ["mounts", { ...running, Mounts: [] }, mounts, "none"],
    ["aliases", { ...running, NetworkSettings: { Networks: { inner: { Aliases: null } } } }, "ollama in inner", "none"],
  ] satisfies [string, InspectedContainer, string, string][])("names %s", (key, now, deployed, is) => {
    expect(compared(now)).toEqual([{ of: "ollama-container-1", key, deployed, now: is }]);
  });

  it("names a network that it is not in", () => {
    const of = "ollama-container-1";
    expect(compared({ ...running, NetworkSettings: { Networks: {} } })).toEqual([
      { of, key: "networks", deployed: "inner", now: "none" },
      { of, key: "aliases", deployed: "ollama in inner", now: "none" },
    ]);
  });

  it("publishes any free port where none is declared", () => {
    const [any] = deployedOf(containers, {
      resources: [{ type, id, urn: urn("a"), inputs: { ports: [{ internal: 80, ip: "::1" }] } }],
    });
    const now = host({ PortBindings: { "80/tcp": [{ HostIp: "::1", HostPort: "" }] } });
    expect(any?.traits["ports"]).toEqual(["::1:any to 80/tcp"]);
    expect(runningTraits(now)["ports"]).toEqual(["::1:any to 80/tcp"]);
  });

  it("names a variable of the environment without its value", () => {
    const changed = config({ Env: ["OLLAMA_HOST=0.0.0.0:11434", "SECRET=other"] });
    expect(compared(changed)).toEqual([{ of: "ollama-container-1", key: "environment SECRET" }]);
  });
});

describe("a network", () => {
  const networkInputs = {
    __defaults: ["name"],
    name: "inner-1",
    internal: true,
    ipamConfigs: [{ subnet: "10.9.0.0/24", gateway: "10.9.0.1" }],
    options: { "com.docker.network.bridge.enable_ip_masquerade": "false" },
  };
  const found: InspectedNetwork = {
    Id: "n1",
    Name: "inner-1",
    Internal: true,
    Options: { "com.docker.network.bridge.enable_ip_masquerade": "false", "com.docker.network.enable_ipv4": "true" },
    Labels: {},
    IPAM: { Config: [{ Subnet: "10.9.0.0/24", Gateway: "10.9.0.1" }] },
  };
  const resource = { type: networks.type, urn: "x::inner-network", id: "n1", inputs: networkInputs };
  const differences = (now: InspectedNetwork) =>
    deployedOf(networks, { resources: [resource] }).flatMap((each) =>
      differencesOf(networks, each, { id: now.Id, traits: networkTraits(now) }),
    );

  it("has no difference when it is as it was deployed, whatever options the engine adds", () => {
    expect(differences(found)).toEqual([]);
  });

  it.each([
    ["network", { ...found, Id: "n2" }, "n1", "another, n2"],
    ["internal", { ...found, Internal: false }, "true", "false"],
    [
      "addresses",
      { ...found, IPAM: { Config: [{ Subnet: "10.8.0.0/24", Gateway: "10.8.0.1" }] } },
      "10.9.0.0/24 by way of 10.9.0.1",
      "10.8.0.0/24 by way of 10.8.0.1",
    ],
    ["options", { ...found, Options: null }, "com.docker.network.bridge.enable_ip_masquerade=false", "none"],
  ])("names %s", (key, now, deployed, is) => {
    expect(differences(now)).toEqual([{ of: "inner-1", key, deployed, now: is }]);
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
  it("tells what two looks have found once", () => {
    const one = { of: "c", key: "memory", deployed: "2", now: "1" };
    const other = { ...one, key: "cpus" };
    expect(verdictOf([{ differences: [one] }, { differences: [{ ...one }, other] }]).differences).toEqual([one, other]);
  });

  it("counts a difference more than what cannot be told", () => {
    const differences = [{ of: "c", key: "memory", deployed: "2", now: "1" }];
    const untold = { untold: ["configuration"] };
    expect(verdictOf([{ compared: ["1 container"] }]).verdict).toBe("as-deployed");
    expect(verdictOf([untold]).verdict).toBe("unknown");
    const looks = [{ differences, compared: ["1 container"] }, untold, { leftOut: ["files of the models"] }];
    expect(verdictText("prod", verdictOf(looks))).toBe(
      "The stack prod does not run as it was deployed\n" +
        "  c: memory: deployed 2, now 1\n" +
        "  cannot be told: configuration\n" +
        "  not looked at: files of the models\n" +
        "  compared: 1 container\n",
    );
  });
});
