import { describe, expect, it } from "vitest";
import { OllamaService, type OllamaServiceArgs } from "../../../components/ollama-service.ts";
import { declare, named, only, stdinOf, valueOf, type Declared } from "../support/pulumi-mocks.ts";

const container = "docker:index/container:Container";

const cpuArgs: OllamaServiceArgs = {
  imageId: "sha256:image",
  volumeName: "ollama-models",
  environment: { OLLAMA_HOST: "0.0.0.0:11434", OLLAMA_NOPRUNE: "1" },
  address: "127.0.0.1",
  port: 11434,
  network: { internal: false },
  replacement: "recreate",
  memory: 12288,
  memoryReservation: 0,
  shmSize: 64,
  cpus: 0,
  gpus: { kind: "none" },
  restart: "unless-stopped",
  logging: { maxSize: 10, maxFile: 3 },
};

const cpuInputs = {
  image: "sha256:image",
  command: ["serve"],
  envs: ["OLLAMA_HOST=0.0.0.0:11434", "OLLAMA_NOPRUNE=1"],
  memory: 12288,
  memorySwap: 12288,
  shmSize: 64,
  cpuShares: 1024,
  healthcheck: { tests: ["CMD", "ollama", "list"], interval: "30s", timeout: "10s", startPeriod: "1m0s", retries: 3 },
  user: "10001:10001",
  readOnly: true,
  tmpfs: {
    "/tmp": "mode=0700,uid=10001,gid=10001,size=64m,noexec,nosuid,nodev",
    "/run/ollama": "mode=0700,uid=10001,gid=10001,size=16m,noexec,nosuid,nodev",
  },
  capabilities: { drops: ["ALL"] },
  securityOpts: ["no-new-privileges:true"],
  logDriver: "json-file",
  logOpts: { "max-size": "10m", "max-file": "3" },
  volumes: [{ volumeName: "ollama-models", containerPath: "/models" }],
  ports: [{ internal: 11434, ip: "127.0.0.1", external: 11434 }],
  networksAdvanced: [{ name: "network-1", aliases: ["ollama"] }],
  restart: "unless-stopped",
  stopTimeout: 30,
  destroyGraceSeconds: 30,
};

function declareService(change: Partial<OllamaServiceArgs> = {}): Promise<Declared<OllamaService>> {
  return declare((options) => new OllamaService("ollama", { ...cpuArgs, ...change }, options));
}

async function containerInputs(change: Partial<OllamaServiceArgs>) {
  const { resources } = await declareService(change);
  return only(resources, container).inputs;
}

describe("OllamaService", () => {
  it("declares itself, a network, a container and its limit of processes, and nothing else", async () => {
    const { resources } = await declareService();
    expect(resources.map(({ type, name }) => `${type} ${name}`)).toEqual([
      "gemma:index:OllamaService ollama",
      "docker:index/network:Network ollama-network",
      "docker:index/container:Container ollama-container",
      "command:local:Command ollama-pids",
    ]);
  });

  it("limits the processes of the container", async () => {
    const { resources } = await declareService();
    expect(stdinOf(named(resources, "ollama-pids"))).toEqual({ container: "ollama-container-id", limit: 4096 });
  });

  it("leaves the network to Docker", async () => {
    const { resources } = await declareService();
    expect(only(resources, "docker:index/network:Network").inputs).toEqual({});
  });

  it("passes exactly these inputs on a CPU host", async () => {
    expect(await containerInputs({})).toEqual(cpuInputs);
  });

  it("mounts a volume that may only be read as such", async () => {
    expect(await containerInputs({ volumeReadOnly: true })).toEqual({
      ...cpuInputs,
      volumes: [{ volumeName: "ollama-models", containerPath: "/models", readOnly: true }],
    });
  });

  it("passes exactly these inputs on a GPU host with the model in the image", async () => {
    const inputs = await containerInputs({
      volumeName: undefined,
      port: 0,
      memory: 16384,
      memoryReservation: 8192,
      cpus: 8,
      gpus: { kind: "count", count: 1 },
      restart: "always",
    });
    const { volumes, ...withoutVolumes } = cpuInputs;
    expect(volumes).toHaveLength(1);
    expect(inputs).toEqual({
      ...withoutVolumes,
      memory: 16384,
      memorySwap: 16384,
      memoryReservation: 8192,
      cpus: "8.0",
      deviceRequests: [{ driver: "nvidia", capabilities: ["gpu"], count: 1 }],
      ports: [{ internal: 11434, ip: "127.0.0.1" }],
      restart: "always",
    });
  });

  it("names no external port when port is 0", async () => {
    expect(await containerInputs({ port: 0 })).toEqual({
      ...cpuInputs,
      ports: [{ internal: 11434, ip: "127.0.0.1" }],
    });
  });

  it("mounts no volume when none is named", async () => {
    expect(Object.keys(await containerInputs({ volumeName: undefined }))).not.toContain("volumes");
  });

  it.each([
    ["recreate", true],
    ["start-first", false],
  ] as const)("with %s sets deleteBeforeReplace to %s", async (replacement, deleteBeforeReplace) => {
    const { options } = await declareService({ replacement });
    expect(options[`${container} ollama-container`]).toEqual({
      deleteBeforeReplace,
      replaceOnChanges: ["healthcheck"],
      parent: "OllamaService",
    });
  });

  it.each([
    ["127.0.0.1", 11434, "http://127.0.0.1:11434"],
    ["127.0.0.1", 0, "http://127.0.0.1:49153"],
    ["0.0.0.0", 8080, "http://127.0.0.1:8080"],
    ["::", 8080, "http://[::1]:8080"],
    ["::1", 8080, "http://[::1]:8080"],
    ["192.168.1.7", 8080, "http://192.168.1.7:8080"],
  ])("published on %s port %d is reached at %s", async (address, port, url) => {
    const { result } = await declareService({ address, port });
    expect([await valueOf(result.url), await valueOf(result.publishedUrl)]).toEqual([url, url]);
  });

  describe("on a network without a way out", () => {
    const internal = { network: { internal: true } };

    it("declares the network as internal", async () => {
      const { resources } = await declareService(internal);
      expect(only(resources, "docker:index/network:Network").inputs).toEqual({ internal: true });
    });

    it.each([0, 11434])("passes the same inputs but for the ports, which port %d would publish", async (port) => {
      const { ports, ...withoutPorts } = cpuInputs;
      expect(ports).toHaveLength(1);
      expect(await containerInputs({ ...internal, port })).toEqual(withoutPorts);
    });

    it("is reached at the container's own address and Ollama's port, whatever would be published", async () => {
      const { result } = await declareService({ ...internal, address: "0.0.0.0", port: 8080 });
      expect(await valueOf(result.url)).toBe("http://172.18.0.2:11434");
    });

    it("has no published URL, as an address of its own would change with every start", async () => {
      const { result } = await declareService(internal);
      expect(await valueOf(result.publishedUrl)).toBeNull();
    });
  });

  it("gives the container's ID and name, and its network's name", async () => {
    const { result } = await declareService();
    const { containerId, containerName, networkName } = result;
    expect(await Promise.all([containerId, containerName, networkName].map(valueOf))).toEqual([
      "ollama-container-id",
      "container-1",
      "network-1",
    ]);
  });
});
