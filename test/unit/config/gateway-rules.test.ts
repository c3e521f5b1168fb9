import { describe, expect, it } from "vitest";
import type { RawConfig } from "../../../config/problems.ts";
import { problemsOf } from "../support/raw-config.ts";

const certificate = "/etc/gemma/tls/certificate.pem";
const key = "/etc/gemma/tls/key.pem";
const image = `haproxy:3.2.26@sha256:${"c".repeat(64)}`;

/** A stack with a gateway that breaks no rule, after a change of the gateway and of other keys. */
function stack(gateway: object = {}, more: RawConfig = {}): RawConfig {
  const embedded = { delivery: "embedded", baseImage: `sha256:${"a".repeat(64)}` };
  return { ...embedded, gateway: { enabled: true, clients: ["backend"], ...gateway }, ...more };
}

const plainText = (address: string) =>
  `gateway.tls.mode: tokens would cross the network in plain text, as address is ${address}: write files or internal, ` +
  "or publish on 127.0.0.1";
const needsHosts =
  "gateway.hosts: published on all addresses, the gateway has to know by which names it is called: list them";
const pinned =
  "gateway.image: the gateway needs an image that cannot move: add its @sha256:… digest, or write the sha256:… ID of a " +
  "loaded image";

const broken: readonly (readonly [string, RawConfig, string])[] = [
  [
    "pulling through a server behind it",
    stack({}, { delivery: "pull" }),
    "gateway.enabled: behind the gateway the server has no way out, and delivery pull downloads the model through it: " +
      "write false, or delivery embedded",
  ],
  [
    "one without clients",
    stack({ clients: [] }),
    "gateway.clients: nobody could ask anything: name a client, for example [backend]",
  ],
  [
    "two clients of one name",
    stack({ clients: ["a", "b", { name: "b", endpoints: ["chat"] }] }),
    "gateway.clients: b stands there twice: give each client a name of its own",
  ],
  ["tokens in plain text beyond loopback", stack({}, { address: "192.0.2.7" }), plainText("192.0.2.7")],
  [
    "tokens in plain text on all addresses",
    stack({ hosts: ["llm.example.org"] }, { address: "0.0.0.0" }),
    plainText("0.0.0.0"),
  ],
  ["no names on all addresses", stack({ tls: { mode: "internal" } }, { address: "0.0.0.0" }), needsHosts],
  ["no names on all IPv6 addresses", stack({ tls: { mode: "internal" } }, { address: "::" }), needsHosts],
  [
    "certificate files without a certificate",
    stack({ tls: { mode: "files", key } }),
    "gateway.tls.certificate: mode files needs it: write the path of a PEM file",
  ],
  [
    "certificate files without a key",
    stack({ tls: { mode: "files", certificate } }),
    "gateway.tls.key: mode files needs it: write the path of a PEM file",
  ],
  ["an image that can move", stack({ image: "haproxy:3.2.26" }), pinned],
];

const kept: readonly (readonly [string, RawConfig])[] = [
  ["plain text on loopback", stack({}, { address: "127.0.0.2" })],
  ["plain text on IPv6 loopback", stack({}, { address: "::1" })],
  ["certificates of its own on all addresses", stack({ tls: { mode: "internal" }, hosts: ["a"] }, { address: "::" })],
  ["certificate files beyond loopback", stack({ tls: { mode: "files", certificate, key } }, { address: "192.0.2.7" })],
  ["paths that no mode reads", stack({ tls: { mode: "none", certificate } })],
  ["an image by its digest", stack({ image })],
  ["an image by its ID", stack({ image: `sha256:${"c".repeat(64)}` })],
  ["several clients", stack({ clients: ["a", { name: "b", endpoints: ["chat"] }] })],
  ["start-first with a fixed port", stack({}, { replacement: "start-first", port: "11434" })],
  ["recreate", stack({}, { replacement: "recreate" })],
  ["a network that is internal already", stack({}, { network: { internal: true } })],
];

const off: readonly (readonly [string, RawConfig])[] = [
  ["that has no clients and pulls", { gateway: { clients: [] }, delivery: "pull" }],
  ["whose clients have one name", { gateway: { clients: ["a", "a"] } }],
  ["beyond loopback", { address: "0.0.0.0" }],
  ["with a certificate without a key", { gateway: { tls: { mode: "files", certificate } } }],
  ["whose image can move", { gateway: { image: "haproxy:3.2.26" } }],
];

describe("the rules of the gateway", () => {
  it.each(broken)("refuse %s", (_, change, problem) => {
    expect(problemsOf(change)).toEqual([problem]);
  });

  it.each(kept)("accept %s", (_, change) => {
    expect(problemsOf(change)).toEqual([]);
  });

  it.each(off)("have nothing to say of one that is off, %s", (_, change) => {
    expect(problemsOf(change)).toEqual([]);
  });

  it("are all checked at once", () => {
    const problems = problemsOf(stack({ clients: [], image: "haproxy:3.2.26" }, { address: "0.0.0.0" }));
    expect(problems.map((problem) => problem.split(":")[0])).toEqual([
      "gateway.clients",
      "gateway.tls.mode",
      "gateway.hosts",
      "gateway.image",
    ]);
  });

  it("stay silent about a gateway that is wrong on its own", () => {
    expect(problemsOf(stack({ clients: [], maxQueue: "many" }))).toEqual([
      "gateway.maxQueue: write a whole number, 0 to 10000",
    ]);
  });

  it("stay silent about an address that is wrong on its own", () => {
    expect(problemsOf(stack({}, { address: "localhost" }))).toEqual([
      "address: write an IP address, for example 127.0.0.1",
    ]);
  });
});

describe("the image of an earlier version's gateway", () => {
  const digest = `@sha256:${"c".repeat(64)}`;

  it.each([`caddy:2.11.7${digest}`, `caddy${digest}`, `r.example.org:5000/mirror/caddy:2.11.7${digest}`])(
    "is refused: %s",
    (earlier) => {
      expect(problemsOf(stack({ image: earlier }))).toEqual([
        "gateway.image: this is an image of Caddy, which was the gateway of earlier versions: leave the key out, or name " +
          "an image of HAProxy 3.2 or later",
      ]);
    },
  );

  it("is not one in a folder of that name, nor one of a gateway that is off", () => {
    expect(problemsOf(stack({ image: `r.example.org/caddy/${image}` }))).toEqual([]);
    expect(problemsOf({ gateway: { image: `caddy:2.11.7${digest}` } })).toEqual([]);
  });
});
