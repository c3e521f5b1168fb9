import { describe, expect, it } from "vitest";
import { endpointNames } from "../../../../config/gateway.ts";
import { parseConfig } from "../../../../config/parse.ts";
import { resolveConfig } from "../../../../config/resolve.ts";
import { accessOf, type AccessOutputs } from "../../../../operations/measure/client-access.ts";
import { configFacts, loadTarget } from "../../../../operations/measure/load-subject.ts";

function configOf(keys: object) {
  const { config, problems } = parseConfig({ delivery: "embedded", models: [{ name: "gemma3n:e4b" }], ...keys });
  if (config === undefined) throw new Error(JSON.stringify(problems));
  return resolveConfig(config);
}

const digest = `sha256:${"0".repeat(64)}`;
const gateway = {
  enabled: true,
  clients: ["backend", { name: "search", endpoints: ["embed", "openai"], models: ["bge-m3:567m"], maxParallel: 1 }],
};
const config = configOf({
  gateway,
  models: [{ name: "gemma3n:e4b" }, { name: "bge-m3:567m" }],
  ollama: { numParallel: 2 },
});

const outputs: AccessOutputs = {
  models: [
    { name: "gemma3n:e4b", digest: undefined, for: ["chat"] },
    { name: "bge-m3:567m", digest: undefined, for: ["embedding"] },
  ],
  engine: { endpoint: "unix:///none" } as AccessOutputs["engine"],
  readiness: { url: "http://127.0.0.1:11434", container: "c", timeout: 60, requireGpu: false, models: [] },
  tokens: { backend: "b-token", search: "s-token" },
  gatewayStatus: { url: "https://127.0.0.1:8443", clientUrl: "https://llm.example.org:8443", certificate: null },
  rootCertificate: "PEM",
};

describe("what a client may ask", () => {
  it("is what is configured of it, with its token and the gateway's own root", async () => {
    expect(await accessOf(outputs, config, "search")).toEqual({
      client: "search",
      service: {
        url: "https://127.0.0.1:8443",
        token: "s-token",
        tls: { trusted: "PEM", name: "llm.example.org" },
      },
      endpoints: ["embed", "openai"],
      models: [{ name: "bge-m3:567m", for: ["embedding"] }],
      closedModels: ["gemma3n:e4b"],
    });
    expect((await accessOf(outputs, config)).client).toBe("backend");
  });

  it("is everything without a gateway, of the server itself", async () => {
    const { readiness, models, engine } = outputs;
    const access = await accessOf({ readiness, models, engine }, config);
    expect([access.client, access.service]).toEqual([undefined, { url: "http://127.0.0.1:11434" }]);
    expect(access.endpoints).toEqual(endpointNames.filter((endpoint) => endpoint !== "transcriptions"));
    const hearing = [{ name: "a:1b", digest: undefined, for: ["audio" as const] }];
    expect((await accessOf({ readiness, engine, models: hearing }, config)).endpoints).toEqual(endpointNames);
    await expect(accessOf({ readiness, models, engine }, config, "web")).rejects.toThrow(
      "There is no client web: the stack has no gateway, and asks for no token; leave --client out",
    );
  });

  it("is nothing of a client that nobody knows, or with a certificate that cannot be read", async () => {
    await expect(accessOf(outputs, config, "web")).rejects.toThrow(
      "There is no client web, neither running nor configured: the clients are backend, search",
    );
    const gatewayStatus = { url: "https://h", certificate: "/none/certificate.pem" };
    await expect(accessOf({ ...outputs, gatewayStatus }, config)).rejects.toThrow(
      /^The certificate \/none\/certificate.pem cannot be read, .*ENOENT/,
    );
  });
});

describe("what is measured", () => {
  it("is the first model that answers, or the one that is named", async () => {
    const backend = await accessOf(outputs, config, "backend");
    expect(loadTarget(backend)).toEqual({ model: "gemma3n:e4b", path: "/api/generate" });
    expect(loadTarget({ ...backend, endpoints: ["chat"] }).path).toBe("/api/chat");
    expect(() => loadTarget(backend, "bge-m3:567m")).toThrow(
      "bge-m3:567m cannot be measured: those that answer are gemma3n:e4b",
    );
    expect(() => loadTarget({ ...backend, endpoints: ["openai"] })).toThrow(
      /^The client backend may neither generate nor chat by Ollama's interface/,
    );
    const search = await accessOf(outputs, config, "search");
    expect(() => loadTarget(search)).toThrow("none of the models cannot be measured: there is no model that answers");
  });

  it("is told with the keys that matter, and what one more slot takes", () => {
    const target = { model: "gemma3n:e4b", path: "/api/generate" } as const;
    const facts = configFacts(config, target, "search");
    expect(facts).toMatchObject({ numParallel: 2, maxParallel: 1, contextLength: 8192, memoryBytes: 12 * 2 ** 30 });
    // 32 KiB a token, as config/models.json has it.
    expect(facts.slotBytes).toBe(8192 * 32 * 1024);
    expect(configFacts(configOf({ gpus: "all" }), target, undefined)).toMatchObject({ neededBytes: null, gpus: true });
    expect(configFacts(configOf({ models: [{ name: "own:1b", digest }] }), target, undefined).slotBytes).toBeNull();
  });
});
