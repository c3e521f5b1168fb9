import { describe, expect, it } from "vitest";
import { loadsIn } from "../../../../operations/doctor/gather-server.ts";
import { trafficIn } from "../../../../operations/doctor/gather-traffic.ts";
import { recordedIn } from "../../../../operations/doctor/recorded.ts";

describe("trafficIn", () => {
  it("counts refused requests and busy time by client, and nothing of those without a token", () => {
    const lines = [
      { client: "app", status: 429, queue_ms: 0, duration_ms: 1 },
      { client: "app", status: 200, queue_ms: 500, duration_ms: 2500 },
      { client: "batch", status: 200, queue_ms: 1500, duration_ms: 9500 },
      { client: "", status: 429, queue_ms: 99_000, duration_ms: 99_000 },
    ];
    const log = ["[NOTICE] ready", ...lines.map((line) => JSON.stringify(line)), '{"client": "cut'].join("\n");
    expect(trafficIn(log, 10)).toEqual({
      minutes: 10,
      refused: { app: 1 },
      busy: { app: 2, batch: 8 },
      longestWait: 1.5,
    });
  });
});

describe("loadsIn", () => {
  it("counts the runners that a server has started", () => {
    const log = [
      'level=INFO source=llama_server.go:433 msg="starting llama-server" cmd="/usr/lib/ollama/llama-server"',
      'level=INFO source=server.go:429 msg="starting runner" cmd="/usr/bin/ollama runner"',
      'level=INFO source=llama_server.go:1295 msg="waiting for llama-server to start responding"',
    ];
    expect(loadsIn(log.join("\n"))).toBe(2);
  });
});

describe("recordedIn", () => {
  it("names the containers that serve, and leaves out what was replaced", () => {
    const type = "docker:index/container:Container";
    const urn = (name: string) => `urn:pulumi:prod::gemma::${type}::${name}`;
    const inputs = { name: "ollama-container-1", networksAdvanced: [{ name: "inner", aliases: ["ollama"] }] };
    const resources = [
      { type, urn: urn("ollama-container"), id: "1", inputs },
      { type, urn: urn("ollama-container"), id: "0", delete: true, inputs },
      { type, urn: urn("gateway-container"), id: "2", inputs: { name: "gateway-container-1" } },
      { type: "docker:index/network:Network", urn: "n", id: "3", inputs: {} },
    ];
    expect(recordedIn({ resources, pending_operations: [{}] })).toEqual({
      containers: [
        { id: "1", name: "ollama-container-1", role: "server", networks: ["inner"] },
        { id: "2", name: "gateway-container-1", role: "gateway", networks: [] },
      ],
      pending: 1,
    });
  });
});
