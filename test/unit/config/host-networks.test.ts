import { describe, expect, it } from "vitest";
import { collisions, freePools, subnetsOf, type Networks } from "../../../config/host-networks.ts";
import { parsed } from "../support/raw-config.ts";

const subnet = "10.200.0.0/24";
const none: Networks = { taken: [], routes: [], pools: [] };
const found = (change: Partial<Networks>) =>
  collisions({ "network.subnet": subnet, "gateway.subnet": undefined }, { ...none, ...change }).map(
    ({ level, key, found: what, advice }) => `${level} ${key}: ${what} | ${advice}`,
  );

const network = (name: string, subnets: readonly string[], own = false) => ({ name, subnets, own });

describe("the subnets of a stack", () => {
  it("are the server's, and the gateway's where there is one", () => {
    const keys = { network: { subnet }, gateway: { subnet: "10.200.1.0/24" } };
    expect(subnetsOf(parsed(keys))).toEqual({ "network.subnet": subnet });
    const gateway = { ...keys.gateway, enabled: true, clients: ["a"] };
    const embedded = { delivery: "embedded", baseImage: `sha256:${"a".repeat(64)}` };
    expect(subnetsOf(parsed({ ...keys, ...embedded, gateway }))).toEqual({
      "network.subnet": subnet,
      "gateway.subnet": "10.200.1.0/24",
    });
  });

  it("collide with nothing on an empty host, and with networks and routes elsewhere", () => {
    expect(found({})).toEqual([]);
    const taken = [network("web", ["10.200.1.0/24", "fd00::/64"]), network("host", [])];
    const routes = ["10.199.0.0/16", "fd00::/64"].map((destination) => ({ destination, device: "eth0" }));
    expect(found({ taken, routes })).toEqual([]);
  });

  it.each(["10.200.0.0/24", "10.200.0.64/26", "10.0.0.0/8"])("collide with another network of %s", (other) => {
    expect(found({ taken: [network("web", [other])] })).toEqual([
      `blocking network.subnet: 10.200.0.0/24 overlaps with the Docker network web, ${other} | ` +
        "write another subnet, or remove that network with `docker network rm web` where nothing needs it",
    ]);
  });

  it("do not collide with the stack's own network, which they are or take the place of", () => {
    expect(found({ taken: [network("ollama-network-0a1b2c3", ["10.200.0.0/16"], true)] })).toEqual([]);
  });

  it.each(["10.200.0.0/24", "10.200.0.7", "10.200.0.128/25"])(
    "collide with a route to %s, which they would cut off",
    (destination) => {
      expect(found({ routes: [{ destination, device: "tun0" }] })).toEqual([
        `blocking network.subnet: 10.200.0.0/24 overlaps with the route of this host to ${destination} through tun0 | ` +
          "write a subnet that the organisation has set aside for this host",
      ]);
    },
  );

  it("may be a part of a larger route, which is said", () => {
    expect(found({ routes: [{ destination: "10.0.0.0/8", device: "eth0" }] })).toEqual([
      "warning network.subnet: 10.200.0.0/24 is a part of 10.0.0.0/8, which this host reaches through eth0; " +
        "what has these addresses there is not reached any more | " +
        "write a subnet that the organisation has set aside for this host, if this is not one",
    ]);
  });
});

describe("the pools of Docker", () => {
  const pools = [
    { base: "172.18.0.0/16", bits: 16 },
    { base: "10.10.0.0/22", bits: 24 },
  ];

  it("have as many networks as there are subnets that nobody has", () => {
    expect(freePools({ ...none, pools }, 9).free).toBe(5);
    expect(freePools({ ...none, pools }, 2).free).toBe(2);
    const taken = [network("a", ["172.18.0.0/16"]), network("b", ["10.10.2.16/28"])];
    expect(freePools({ ...none, pools, taken }, 9).free).toBe(3);
  });

  it("lose those that routes of the host lead to, which are told", () => {
    const company = { destination: "172.16.0.0/12", device: "eth0" };
    const routes = [company, { destination: "10.11.0.0/16", device: "eth1" }];
    expect(freePools({ ...none, pools, routes }, 9)).toEqual({ free: 4, routes: [company] });
  });

  it("count no further than a host needs, however many they are", () => {
    expect(freePools({ ...none, pools: [{ base: "10.0.0.0/8", bits: 29 }] }, 5000).free).toBe(1024);
    expect(freePools({ ...none, pools: [{ base: "fd00::/8", bits: 64 }] }, 1).free).toBe(0);
  });
});
