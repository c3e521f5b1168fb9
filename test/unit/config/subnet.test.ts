import { describe, expect, it } from "vitest";
import { parsed, problemsOf } from "../support/raw-config.ts";

const example = "write the subnet of an IPv4 network, for example 10.200.0.0/24";
const within = "write one within 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, 198.18.0.0/15";
const gateway = (more: object) => ({
  delivery: "embedded",
  baseImage: `sha256:${"a".repeat(64)}`,
  gateway: { enabled: true, clients: ["backend"], ...more },
});

describe("the subnet of a network", () => {
  it.each(["10.200.0.0/24", "172.31.255.248/29", "192.168.0.0/16", "100.64.0.0/20", "198.18.0.0/29"])(
    "may be %s",
    (subnet) => {
      expect(parsed({ network: { subnet } }).network).toEqual({ internal: false, subnet });
    },
  );

  it("is Docker's choice where none is written", () => {
    expect(parsed({}).network.subnet).toBeUndefined();
    expect(parsed({}).gateway.subnet).toBeUndefined();
  });

  it.each([
    ["10.200.0.0", example],
    ["10.200.0/24", example],
    ["10.256.0.0/24", example],
    ["fd00:1::/64", example],
    ["", example],
    [24, example],
    ["10.200.0.1/24", "a subnet begins with its first address: write 10.200.0.0/24"],
    ["10.0.0.0/8", "write a prefix of /16 to /29"],
    ["10.0.0.0/30", "write a prefix of /16 to /29"],
    ["8.8.8.0/24", within],
    ["127.0.0.0/24", within],
    ["169.254.0.0/16", within],
    ["172.32.0.0/16", within],
  ])("is not %j", (subnet, problem) => {
    expect(problemsOf({ network: { subnet } })).toEqual([`network.subnet: ${problem}`]);
    expect(problemsOf({ gateway: { subnet } })).toEqual([`gateway.subnet: ${problem}`]);
  });

  it.each(["10.200.0.0/24", "10.200.0.128/25", "10.200.0.0/16"])("is another one than the gateway's, %s", (subnet) => {
    expect(problemsOf({ network: { subnet: "10.200.0.0/24" }, ...gateway({ subnet }) })).toEqual([
      "gateway.subnet: it overlaps with network.subnet, 10.200.0.0/24, and the two are two networks: write another one",
    ]);
    expect(problemsOf({ network: { subnet: "10.200.0.0/24" }, gateway: { subnet } })).toEqual([]);
  });

  it("does not hold the address to publish on", () => {
    const problem =
      "it holds 10.200.0.9, the address to publish on, which is the host's: write a subnet that nobody else uses";
    expect(problemsOf({ address: "10.200.0.9", network: { subnet: "10.200.0.0/24" } })).toContain(
      `network.subnet: ${problem}`,
    );
    const tls = { mode: "internal" };
    expect(problemsOf({ address: "10.200.0.9", ...gateway({ subnet: "10.200.0.0/24", tls }) })).toEqual([
      `gateway.subnet: ${problem}`,
    ]);
  });
});
