import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundledVersion } from "../../components/bundled-version.ts";
import { programImageName } from "../../docker/identity.ts";
import type { BuildProgramInput } from "../../engine/build-program.ts";
import { ollamaUserId } from "../../ollama/server.ts";
import { settingsVariable, type Settings } from "../../watcher/settings.ts";
import { removeContainer } from "../support/fixtures.ts";
import { importNodeImage } from "../support/node-image.ts";
import { docker, must, run } from "../support/shell.ts";
import { uniqueName } from "../support/unique-name.ts";

/**
 * Answers as Ollama does of a model on a GPU that it gets with each start, and that is lost once /gpu/card is gone.
 * While /gpu/taken is there, a model that is loaded has 40 of 100 bytes on it.
 */
const server = String.raw`
const { existsSync, writeFileSync } = require("node:fs");
writeFileSync("/gpu/card", "");
let loaded;
const load = () => { loaded ??= existsSync("/gpu/taken") ? 40 : 100; };
load();
require("node:http").createServer(async (asked, answer) => {
  let text = "";
  for await (const part of asked) text += part;
  const { keep_alive: keep, prompt } = text === "" ? {} : JSON.parse(text);
  const answers = {
    "/api/version": () => ({ version: "0.33.3" }),
    "/api/tags": () => ({ models: [{ name: "a:1" }] }),
    "/api/ps": () => ({ models: loaded === undefined ? [] : [{ name: "a:1", size: 100, size_vram: existsSync("/gpu/card") ? loaded : 0 }] }),
    "/api/generate": () => {
      if (prompt === undefined && keep === 0) { loaded = undefined; return {}; }
      load();
      return { response: "Paris, of course.", eval_count: 4, done: true };
    },
  };
  answer.end(JSON.stringify(answers[asked.url]()));
}).listen(11434);
process.on("SIGTERM", () => process.exit(0));
`;

/** A line of the watcher's log. */
interface Line {
  readonly time: string;
  readonly event: string;
  readonly fault?: string;
  readonly action?: string;
  readonly reason?: string;
}

describe("the watcher of a server with a GPU, both stand-ins", () => {
  const baseImage = uniqueName("localhost/gemma/test-node") + ":1";
  const network = uniqueName("gemma-test-watcher");
  const code = bundledVersion("watcher");
  const image = programImageName("watcher", { image: baseImage, code });
  const input: BuildProgramInput = { image, baseImage, code };
  const user = ["--user", `${ollamaUserId}:${ollamaUserId}`, "--cap-drop", "ALL", "--network", network];
  let looked: string;
  let watcher: string;
  let told = 0;
  const table: string[] = [];

  beforeAll(async () => {
    await Promise.all([importNodeImage(baseImage), docker("network", "create", "--internal", network)]);
    await must("node", ["commands/build-watcher.ts"], { input: JSON.stringify(input) });
    const gpu = ["--tmpfs", `/gpu:uid=${ollamaUserId}`, "--restart", "always", "--network-alias", "server"];
    looked = await docker("run", "-d", ...user, ...gpu, baseImage, "node", "-e", server);
    const settings: Settings = {
      server: "server:11434",
      usher: null,
      containers: [{ name: "server", id: looked }],
      models: [{ name: "a:1", embeds: false, preload: true }],
      gpu: true,
      startsAgain: true,
      interval: 0.5,
      generationInterval: 1,
      timeout: 6,
      maxActions: 3,
    };
    const variable = `${settingsVariable}=${JSON.stringify(settings)}`;
    watcher = await docker("run", "-d", ...user, "--pid", "host", "--env", variable, image, "serve");
  });

  afterAll(async () => {
    process.stdout.write(`${table.join("\n")}\n`);
    await Promise.all([looked, watcher].map(removeContainer));
    await docker("network", "rm", network);
    await run("docker", ["rmi", image, baseImage]);
  });

  const figures = async () => {
    const script = 'fetch("http://127.0.0.1:9466/metrics").then((answer) => answer.text()).then(console.log)';
    return (await run("docker", ["exec", watcher, "node", "-e", script])).stdout;
  };
  const lines = async () => {
    const { stdout } = await run("docker", ["logs", watcher]);
    const all = stdout.split("\n").filter((line) => line !== "");
    return all.map((line) => JSON.parse(line) as Line);
  };
  /** What it tells since it was asked for last, once that ends in an event. */
  const until = async (event: string, name?: string) => {
    const at = Date.now();
    const since = async () => (await lines()).slice(told);
    await expect.poll(async () => (await since()).at(-1)?.event, { timeout: 30_000 }).toBe(event);
    const seen = await since();
    told += seen.length;
    const after = (time = "") => `${((Date.parse(time) - at) / 1000).toFixed(1)} s`;
    const noticed = seen.find((line) => line.event === "noticed");
    if (name !== undefined) table.push(`| ${name} | ${after(noticed?.time)} | ${after(seen.at(-1)?.time)} |`);
    return seen.map(({ event: name, fault, action }) => [name, fault, action]);
  };
  const inServer = (script: string) => docker("exec", looked, "sh", "-c", script);
  const started = () => docker("inspect", "--format", "{{.State.StartedAt}}", looked);

  it("finds nothing wrong with a server that is well", async () => {
    await expect.poll(figures, { timeout: 20_000 }).toContain("watcher_server_healthy 1");
    expect(await until("watching")).toEqual([["watching", undefined, undefined]]);
  });

  it("has a server that has lost its GPU started again, with which it is back", async () => {
    const before = await started();
    await inServer("rm /gpu/card");
    expect(await until("gone", "the GPU is gone from the server's container")).toEqual([
      ["noticed", "gpu-lost", undefined],
      ["acted", "gpu-lost", "restart"],
      ["gone", "gpu-lost", undefined],
    ]);
    expect(await started()).not.toBe(before);
    expect(await figures()).toContain('watcher_actions_total{action="restart",fault="gpu-lost"} 1');
  });

  it("has a model that lies on the CPU for a part loaded again, once", async () => {
    const before = await started();
    await inServer(
      `touch /gpu/taken && node -e 'const body = JSON.stringify({ model: "a:1", keep_alive: 0 }); fetch("http://127.0.0.1:11434/api/generate", { method: "POST", body }).then(() => {})'`,
    );
    // Another program has its memory until the model has been loaded beside it.
    await expect
      .poll(async () => (await lines()).slice(told).map(({ event }) => event), { timeout: 20_000 })
      .toContain("noticed");
    await inServer("rm /gpu/taken");
    expect(await until("gone")).toEqual([
      ["noticed", "model-on-cpu", undefined],
      ["acted", "model-on-cpu", "reload"],
      ["gone", "model-on-cpu", undefined],
    ]);
    expect(await started()).toBe(before);
  });
});
