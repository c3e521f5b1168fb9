import { describe, expect, it } from "vitest";
import { gatherNetworks, mainRoutesIn } from "../../../engine/networks.ts";
import { fakeEngine } from "../support/fake-engine.ts";

const labels = { "io.chatgemma.stack": "gemma/dev", "io.chatgemma.state": "0123" };
const network = (Name: string, Labels: object, ...subnets: string[]) => ({
  Id: Name.padEnd(64, "0"),
  Name,
  Labels,
  Options: {},
  IPAM: { Config: subnets.map((Subnet) => ({ Subnet })) },
});

describe("the networks of an engine", () => {
  it("are the stack's own by their labels, or as the provider named them before there were any", async () => {
    const engine = fakeEngine("engine-1", "/var/lib/docker", {
      "/networks": [
        network("mine", labels, "10.200.0.0/24"),
        network("ollama-network-0a1b2c3", {}, "172.18.0.0/16", "fd00::/64"),
        network("gateway-network-0a1b2c3", { ...labels, "io.chatgemma.stack": "gemma/other" }, "172.19.0.0/16"),
        { ...network("host", {}), IPAM: { Config: null } },
      ],
    });
    expect((await gatherNetworks(engine, labels)).taken).toEqual([
      { name: "mine", subnets: ["10.200.0.0/24"], own: true },
      { name: "ollama-network-0a1b2c3", subnets: ["172.18.0.0/16", "fd00::/64"], own: true },
      { name: "gateway-network-0a1b2c3", subnets: ["172.19.0.0/16"], own: false },
      { name: "host", subnets: [], own: false },
    ]);
  });

  it("are taken from the pools of the engine, or Docker's own 31", async () => {
    const own = fakeEngine("engine-1", "/var/lib/docker", {
      "/info": { DefaultAddressPools: [{ Base: "10.10.0.0/16", Size: 24 }] },
    });
    expect((await gatherNetworks(own, labels)).pools).toEqual([{ base: "10.10.0.0/16", bits: 24 }]);
    const { pools } = await gatherNetworks(fakeEngine(), labels);
    const sizes = pools.map(({ base, bits }) => 2 ** (bits - Number(base.split("/")[1])));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(31);
  });

  it("are unknown where the engine does not answer", async () => {
    expect((await gatherNetworks("unix:///nowhere.sock", labels)).taken).toEqual([]);
  });
});

describe("the routes in /proc/net/route", () => {
  it("are all but the default one", () => {
    const table = [
      "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
      "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0",
      "docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0",
      "eth0\t0002000A\t00000000\t0001\t0\t0\t0\t00FEFFFF\t0\t0\t0",
      "tun0\t0700C80A\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0",
      "",
    ].join("\n");
    expect(mainRoutesIn(table)).toEqual([
      { destination: "172.17.0.0/16", device: "docker0" },
      { destination: "10.0.2.0/23", device: "eth0" },
      { destination: "10.200.0.7/32", device: "tun0" },
    ]);
  });
});
