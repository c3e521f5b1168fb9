import { describe, expect, it } from "vitest";
import { allowedHosts, clientUrl } from "../../../gateway/hosts.ts";

const containers = ["gateway", "host.docker.internal"];
const own = ["localhost", "127.0.0.1", "::1", ...containers];

describe("the names by which a gateway may be called", () => {
  it.each([
    ["127.0.0.1", [], ["127.0.0.1", "localhost", "::1", ...containers]],
    ["::1", [], ["::1", "localhost", "127.0.0.1", ...containers]],
    ["192.0.2.7", [], ["192.0.2.7", ...own]],
    ["192.0.2.7", ["llm.example.org"], ["llm.example.org", "192.0.2.7", ...own]],
    ["0.0.0.0", ["llm.example.org", "llm"], ["llm.example.org", "llm", ...own]],
    ["::", ["llm.example.org"], ["llm.example.org", ...own]],
    ["192.0.2.7", ["localhost", "192.0.2.7"], ["localhost", "192.0.2.7", "127.0.0.1", "::1", ...containers]],
  ])("on %s with %j are %j, each once", (address, names, hosts) => {
    expect(allowedHosts(address, names)).toEqual(hosts);
  });
});

describe("the URL for clients", () => {
  const hosts = ["llm.example.org", "llm"];
  const [here, lan] = ["https://127.0.0.1:11434", "https://192.0.2.7:11434"];

  it.each([
    [here, { address: "0.0.0.0", hosts, ownCertificate: true }, "https://llm.example.org:11434"],
    [here, { address: "0.0.0.0", hosts, ownCertificate: false }, "https://llm.example.org:11434"],
    [
      "http://[::1]:11434",
      { address: "::", hosts: ["2001:db8::7"], ownCertificate: false },
      "http://[2001:db8::7]:11434",
    ],
    [lan, { address: "192.0.2.7", hosts, ownCertificate: true }, "https://llm.example.org:11434"],
    [lan, { address: "192.0.2.7", hosts, ownCertificate: false }, lan],
    [lan, { address: "192.0.2.7", hosts: [], ownCertificate: true }, lan],
  ])("is made of %s with %j, %s", (url, reached, expected) => {
    expect(clientUrl(url, reached)).toBe(expected);
  });
});
