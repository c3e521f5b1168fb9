import { describe, expect, it } from "vitest";
import { hostProblems, hostWarnings, type Host } from "../../../config/host-rules.ts";
import type { RawConfig } from "../../../config/problems.ts";
import { resolveConfig } from "../../../config/resolve.ts";
import { parsed } from "../support/raw-config.ts";

const GiB = 1024 ** 3;
const boot = { enabled: true, afterNetwork: true, nonlocalBind: { ipv4: false, ipv6: false } };
const networks = { taken: [], routes: [], pools: [] };
const good: Host = {
  cpus: 4,
  memory: 24 * GiB,
  memoryTotal: 32 * GiB,
  cgroupVersion: "2",
  port: "free",
  networks,
  boot,
};
const gateway = { delivery: "embedded", baseImage: `sha256:${"a".repeat(64)}` };

function problems(change: RawConfig, host: Partial<Host> = {}): string[] {
  const found = hostProblems(resolveConfig(parsed(change)), { ...good, ...host });
  return found.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

const cpusAdvice = "this host has 4 CPUs, and Docker makes no container with more: write 4 or less, or 0 for no limit";
const here =
  "no address of this host: write one that `ip address` lists, 127.0.0.1 for this host alone, or 0.0.0.0 for all";

describe("what a host cannot give", () => {
  it("is nothing where it has as much as is asked for", () => {
    expect(problems({ cpus: "4" })).toEqual([]);
    expect(problems({ cpus: "4" }, { port: "ours" })).toEqual([]);
  });

  it("is nothing that is unknown", () => {
    expect(problems({ cpus: "400" }, { cpus: undefined, memory: undefined, port: "unknown" })).toEqual([]);
    expect(problems({}, { port: "forbidden" })).toEqual([]);
  });

  it("is more CPUs than it has", () => {
    expect(problems({ cpus: "4.01" })).toEqual([`cpus: ${cpusAdvice}`]);
  });

  it("is more CPUs for the gateway than it has, where there is one", () => {
    const keys = { clients: ["backend"], cpus: "5" };
    expect(problems({ ...gateway, gateway: { enabled: true, ...keys } })).toEqual([`gateway.cpus: ${cpusAdvice}`]);
    expect(problems({ gateway: keys })).toEqual([]);
  });

  it("is more CPUs for the usher than it has, where there is a gateway", () => {
    const keys = { clients: ["backend"], usher: { cpus: "5" } };
    expect(problems({ ...gateway, gateway: { enabled: true, ...keys } })).toEqual([
      `gateway.usher.cpus: ${cpusAdvice}`,
    ]);
    expect(problems({ gateway: keys })).toEqual([]);
  });

  it("is an address of another host", () => {
    expect(problems({ address: "192.0.2.1" }, { port: "foreign" })).toEqual([`address: ${here}`]);
  });

  it.each<[string, RawConfig, Partial<Host>, string]>([
    [
      "program",
      { port: "8080" },
      {},
      "127.0.0.1:8080 is taken by another program: find it with `ss -ltnp 'sport = :8080'` and stop it, or write another port",
    ],
    [
      "container",
      { address: "::1" },
      { holder: "web" },
      "[::1]:11434 is taken by the container web: stop it with `docker stop web`, or write another port",
    ],
  ])("is a port that another %s has", (_, change, host, message) => {
    expect(problems(change, { port: "taken", ...host })).toEqual([`port: ${message}`]);
  });

  it("is the memory of a known model, and not of another", () => {
    expect(problems({}, { memory: 8 * GiB })).toEqual([
      "models: gemma3n:e4b needs 8.53 GiB of memory, and this host has 8 GiB free: weights 7.03 GiB + " +
        "KV cache 256 MiB (8192 tokens x 1 parallel, f16) + buffers 512 MiB + prompt cache 512 MiB + server 256 MiB; " +
        "stop what else uses memory, or choose a smaller model",
    ]);
    expect(problems({ gpus: "1" }, { memory: 8 * GiB })).toEqual([]);
    expect(problems({ models: [{ name: "someone/gemma:1" }] }, { memory: GiB })).toEqual([]);
  });

  it("is the memory of a known model with what its gateway may take", () => {
    const keys = { enabled: true, clients: ["backend"], memory: "1GiB", usher: { memory: "2GiB" } };
    const need = 7_547_589_116 + (256 + 512 + 512 + 256 + 3 * 1024) * 1024 ** 2;
    expect(problems({ ...gateway, gateway: keys }, { memory: need })).toEqual([]);
    expect(problems({ ...gateway, gateway: { ...keys, enabled: false } }, { memory: 9 * GiB })).toEqual([]);
    expect(problems({ ...gateway, gateway: keys }, { memory: 9 * GiB })).toEqual([
      "models: gemma3n:e4b and its gateway need 11.5 GiB of memory, and this host has 9 GiB free: weights 7.03 GiB + " +
        "KV cache 256 MiB (8192 tokens x 1 parallel, f16) + buffers 512 MiB + prompt cache 512 MiB + server 256 MiB + " +
        "HAProxy 1 GiB + usher 2 GiB; stop what else uses memory, or choose a smaller model",
    ]);
    expect(problems({ ...gateway, gateway: keys }, { memory: need - 1 })).toHaveLength(1);
  });

  it("is the memory of several models that are loaded at once", () => {
    const several = { models: ["gemma3n:e4b", "bge-m3:567m"], ollama: { maxLoadedModels: 2 } };
    const parts = "weights 8.11 GiB + KV cache 256 MiB + buffers 1 GiB + prompt cache 1 GiB + server 512 MiB";
    const advice = "stop what else uses memory, lower ollama.maxLoadedModels, or choose smaller models";
    const both = "gemma3n:e4b (8.53 GiB) and bge-m3:567m (2.33 GiB)";
    expect(problems(several, { memory: 10 * GiB })).toEqual([
      `models: ${both} need 10.9 GiB of memory, and this host has 10 GiB free: ${parts}; ${advice}`,
    ]);
    const keys = { enabled: true, clients: ["backend"], memory: "1GiB", usher: { memory: "2GiB" } };
    expect(problems({ ...gateway, ...several, gateway: keys }, { memory: 10 * GiB })).toEqual([
      `models: ${both} and the gateway need 13.9 GiB of memory, and this host has 10 GiB free: ` +
        `${parts} + HAProxy 1 GiB + usher 2 GiB; ${advice}`,
    ]);
  });

  it("is told all at once", () => {
    expect(problems({ cpus: "8" }, { port: "foreign", memory: GiB })).toHaveLength(3);
  });

  it("is a subnet that others have", () => {
    const routes = [{ destination: "10.200.0.128/25", device: "tun0" }];
    expect(problems({ network: { subnet: "10.200.0.0/24" } }, { networks: { ...networks, routes } })).toEqual([
      "network.subnet: 10.200.0.0/24 overlaps with the route of this host to 10.200.0.128/25 through tun0: " +
        "write a subnet that the organisation has set aside for this host",
    ]);
  });
});

describe("what works on a host, but not as it reads", () => {
  function warnings(change: RawConfig, host: Partial<Host> = {}): string[] {
    const found = hostWarnings(resolveConfig(parsed(change)), { ...good, ...host });
    return found.map(({ path, message }) => `${path.join(".")}: ${message}`);
  }

  it("is nothing on a host that has more than the limit, or of which nothing is known", () => {
    expect(warnings({ memory: "16GiB" })).toEqual([]);
    expect(warnings({ memory: "0" }, { cgroupVersion: "1" })).toEqual([]);
    expect(warnings({ memory: "64GiB" }, { memoryTotal: undefined, cgroupVersion: undefined })).toEqual([]);
  });

  it("is a limit above the host's memory", () => {
    expect(warnings({ memory: "16GiB" }, { memoryTotal: 15.5 * GiB })).toEqual([
      "memory: the limit, 16 GiB, is more than the memory of this host, 15.5 GiB, and does not protect it: " +
        "write less than 15.5 GiB to keep some for the system",
    ]);
  });

  it("is a limit that Ollama does not see under cgroup v1", () => {
    const advice =
      "and not with the limit, 16 GiB, beyond which the kernel ends it: start the host with cgroup v2 " +
      "(systemd.unified_cgroup_hierarchy=1 on the kernel's command line), or keep to models and contexts that fit the limit";
    expect(warnings({ memory: "16GiB" }, { cgroupVersion: "1" })).toEqual([
      `memory: under cgroup v1 Ollama reckons with all 32 GiB of the host's memory ${advice}`,
    ]);
    expect(warnings({ memory: "16GiB" }, { cgroupVersion: "1", memoryTotal: undefined })).toEqual([
      `memory: under cgroup v1 Ollama reckons with all of the host's memory ${advice}`,
    ]);
    expect(warnings({ memory: "33GiB" }, { cgroupVersion: "1" })).toHaveLength(1);
  });

  it("is a subnet within a larger route", () => {
    const routes = [{ destination: "10.0.0.0/8", device: "eth0" }];
    expect(warnings({ network: { subnet: "10.200.0.0/24" } }, { networks: { ...networks, routes } })).toEqual([
      "network.subnet: 10.200.0.0/24 is a part of 10.0.0.0/8, which this host reaches through eth0; " +
        "what has these addresses there is not reached any more: " +
        "write a subnet that the organisation has set aside for this host, if this is not one",
    ]);
  });

  it("is an address that may come later than Docker, where something is published", () => {
    const late = { boot: { ...boot, afterNetwork: false } };
    expect(warnings({ address: "192.0.2.7" }, late)).toEqual([
      "address: Docker may start before this host has the address 192.0.2.7, and then publishes nothing there: " +
        "let it listen on addresses that come later: " +
        "`echo net.ipv4.ip_nonlocal_bind=1 | sudo tee /etc/sysctl.d/90-gemma.conf && sudo sysctl --system`",
    ]);
    expect(warnings({ ...gateway, network: { internal: true }, address: "192.0.2.7" }, late)).toEqual([]);
  });
});
