import { describe, expect, it } from "vitest";
import { edgeEndpoints } from "../../../edge/endpoints.ts";
import { mapFiles } from "../../../edge/layout.ts";
import { mapsOf, mapText, parseMap, preparedVersion, prepareMap, replaceMap } from "../../../edge/maps.ts";
import type { EdgePolicy } from "../../../edge/policy.ts";

const [one, two] = ["1".repeat(64), "2".repeat(64)];

const policy: EdgePolicy = {
  clients: [
    {
      name: "web",
      tokens: [
        { sha256: one, expires: null },
        { sha256: two, expires: 1_764_200_000 },
      ],
      endpoints: ["chat", "tags"],
      maxParallel: 2,
      maxQueue: 8,
      priority: 3,
    },
    { name: "batch", tokens: [], endpoints: ["openai"], maxParallel: 1, maxQueue: 0, priority: 0 },
  ],
  hosts: ["LLM.example.org", "127.0.0.1", "::1"],
  origins: ["https://app.example.org", "https://*.example.org", "*"],
};

describe("maps", () => {
  it("say all of a policy", () => {
    const { "endpoints.map": endpoints, ...maps } = mapsOf(policy, 2);
    expect(maps).toEqual({
      "tokens.map": [
        [one, "web:253402300799"],
        [two, "web:1764200000"],
      ],
      "allowed.map": [
        ["web:chat", "1"],
        ["web:tags", "1"],
        ["batch:openai", "1"],
      ],
      "limits.map": [
        ["web", "10"],
        ["batch", "1"],
      ],
      "unhindered.map": [["web", "2"]],
      "priorities.map": [
        ["web", "3"],
        ["batch", "0"],
      ],
      "hosts.map": [
        ["llm.example.org", "1"],
        ["127.0.0.1", "1"],
        ["[::1]", "1"],
      ],
      "origins.map": [
        ["^https://app\\.example\\.org$", "1"],
        ["^https://[^/]*\\.example\\.org$", "1"],
        ["^.*$", "1"],
      ],
    });
    expect(endpoints).toHaveLength(Object.values(edgeEndpoints).flat().length);
  });

  it("have no blank in a key, as HAProxy ends it there", () => {
    const keys = Object.values(mapsOf(policy, 4)).flatMap((entries) => entries.map(([key]) => key));
    expect(keys.filter((key) => /\s/.test(key))).toEqual([]);
  });

  it("are all of those that haproxy.cfg looks at", () => {
    expect(Object.keys(mapsOf(policy, 4)).sort()).toEqual([...mapFiles].sort());
  });

  it("are empty without clients, hosts and origins, but for what there is to ask", () => {
    const { "endpoints.map": endpoints, ...others } = mapsOf({ clients: [], hosts: [], origins: [] }, 4);
    expect(Object.values(others).flat()).toEqual([]);
    expect(endpoints).toContainEqual(["^(POST):/api/chat$", "chat:generates"]);
    expect(endpoints).toContainEqual(["^(GET|HEAD):/api/ps$", "ps:looks"]);
    expect(endpoints).toContainEqual(["^(POST):/api/show$", "show:reads"]);
  });
});

describe("a map of HAProxy", () => {
  it("is written a line for each entry", () => {
    expect(mapText([])).toBe("");
    expect(mapText(mapsOf(policy, 4)["limits.map"])).toBe("web 10\nbatch 1\n");
  });

  it("is read from what HAProxy lists", () => {
    expect(parseMap("0x7fa9b966b880 web 10\n0x7fa9b966b940 batch 1")).toEqual(mapsOf(policy, 4)["limits.map"]);
    expect(parseMap("")).toEqual([]);
  });

  it("is replaced by a version of its own, a few entries by each command", () => {
    expect(prepareMap("limits.map")).toBe("prepare map /var/lib/gateway/limits.map");
    expect(preparedVersion("New version created: 12")).toBe(12);
    expect(preparedVersion("Unknown map identifier.")).toBeUndefined();
    expect(replaceMap("limits.map", 12, mapsOf(policy, 4)["limits.map"])).toEqual([
      "add map @12 /var/lib/gateway/limits.map <<\nweb 10\nbatch 1\n",
      "commit map @12 /var/lib/gateway/limits.map",
    ]);
    expect(replaceMap("tokens.map", 1, [])).toEqual(["commit map @1 /var/lib/gateway/tokens.map"]);
    const many = Array.from({ length: 101 }, (_, index) => [`client-${index}`, "1"] as const);
    const commands = replaceMap("limits.map", 3, many);
    expect(commands).toHaveLength(4);
    const lines = commands.slice(0, 3).map((command) => command.split("\n").slice(1).join("\n"));
    expect(lines.join("")).toBe(mapText(many));
  });

  it("is never longer, by one command, than HAProxy reads at once", () => {
    const name = "x".repeat(32);
    const tokens = Array.from({ length: 60 }, () => ({ sha256: one, expires: null }));
    const client = { name, tokens, endpoints: [], maxParallel: 1, maxQueue: 1, priority: 0 };
    const entries = mapsOf({ ...policy, clients: [client] }, 4)["tokens.map"];
    for (const command of replaceMap("tokens.map", 1, entries)) expect(command.length).toBeLessThan(8 * 1024);
  });
});
