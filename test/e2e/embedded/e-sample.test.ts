import { writeFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { embeddingModel, model } from "../../support/fixtures.ts";
import { freePort } from "../../support/free-port.ts";
import { gatewayProject, type GatewayProject } from "../../support/gateway.ts";
import { stack } from "../../support/bundle.ts";
const registry = inject("registry");
let gateway: GatewayProject;
beforeAll(async () => {
  const port = await freePort();
  gateway = await gatewayProject(registry, port, { models: [{ name: model, digest: registry.digest }, { name: embeddingModel, digest: registry.embedding.digest, for: ["embedding"] }] });
});
afterAll(async () => { await gateway[Symbol.asyncDispose](); });
it("sample", { timeout: 900_000 }, async () => {
  const up = await gateway.up({ tls: { mode: "internal" }, clients: ["backend", { name: "search", models: [embeddingModel], endpoints: ["embed", "openai"] }] }, { ollama: { maxLoadedModels: 2, numParallel: 2, contextLength: 4096 } });
  expect(up.status, up.output).toBe(0);
  const folder = join(gateway.project.folder, "measured");
  const one = await gateway.project.run("npm", ["run", "test-api", "-s", stack]);
  writeFileSync("/tmp/e-sample-api.txt", one.output);
  const search = await gateway.project.run("npm", ["run", "test-api", "-s", stack, "--", "--client", "search"]);
  writeFileSync("/tmp/e-sample-search.txt", search.output);
  const two = await gateway.project.run("npm", ["run", "load", "-s", stack, "--", "--seconds", "40", "--answer-tokens", "32", "--out", folder]);
  writeFileSync("/tmp/e-sample-load.txt", two.output);
  await cp(folder, "/tmp/e-sample", { recursive: true });
  const three = await gateway.project.run("npm", ["run", "load", "-s", stack, "--", "--seconds", "30", "--answer-tokens", "32", "--prompt", "short", "--steps", "2", "--shared-prefix", "--out", folder, "--compare", "/tmp/e-sample/load.json"]);
  writeFileSync("/tmp/e-sample-compare.txt", three.output);
});
