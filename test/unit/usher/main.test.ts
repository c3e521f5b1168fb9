import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { projectFolder } from "../../../support/project-folder.ts";
import { freePort } from "../../support/free-port.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { settings } from "./support/ruled.ts";
import { answerTo } from "./support/running-usher.ts";
import { stubMemory } from "./support/stub-memory.ts";
import { json, stubOllama } from "./support/stub-ollama.ts";

let bundle: string;

beforeAll(async () => {
  bundle = await mkdtemp(join(tmpdir(), "gemma-unit-"));
  await build({
    absWorkingDir: projectFolder,
    entryPoints: ["usher/main.ts"],
    outfile: join(bundle, "usher.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
  });
});

afterAll(() => rm(bundle, { recursive: true }));

interface Outcome {
  readonly status: number | null;
  readonly said: string;
}

/** A place for an usher, whose commands are those of the one file. */
async function place() {
  const [port, control, figures] = [await freePort(), await freePort(), await freePort()];
  const folder = tempFolder();
  const start = (...args: readonly string[]): ChildProcess => {
    const env = { USHER_DATA: folder, USHER_PORTS: [port, control, figures].join(",") };
    const child = spawn(process.execPath, [join(bundle, "usher.mjs"), ...args], { env, stdio: "pipe" });
    onTestFinished(async () => {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    });
    return child;
  };
  const run = async (args: readonly string[], input = ""): Promise<Outcome> => {
    const child = start(...args);
    child.stdin?.end(input);
    const ended = once(child, "exit");
    const said = child.stderr === null ? "" : await text(child.stderr);
    return { status: ((await ended) as [number | null])[0], said: said.trim() };
  };
  const ask = (at: number, path: string) => {
    const headers = { "X-Gemma-Client": "web", Connection: "close" };
    const request = httpRequest({ host: "127.0.0.1", port: at, path, headers });
    request.end();
    return answerTo(request);
  };
  const healthy = async () => {
    while ((await run(["health"])).status !== 0);
  };
  return { port, control, figures, folder, start, run, ask, healthy };
}

describe("the usher as one file", { timeout: 30_000 }, () => {
  it("serves, takes settings while it runs, and has them again when it is started anew", async () => {
    const ollama = await stubOllama((response) => {
      json(response, { version: "1" });
    });
    const usher = await place();
    expect((await usher.run(["health"])).status).toBe(1);
    const first = usher.start("serve");
    await usher.healthy();
    expect((await usher.ask(usher.port, "/api/version")).status).toBe(503);

    const wanted = JSON.stringify({ ...settings, upstream: ollama.upstream });
    expect(await usher.run(["configure"], wanted)).toEqual({ status: 0, said: "" });
    expect(readdirSync(usher.folder)).toEqual(["settings.json"]);
    expect(readFileSync(join(usher.folder, "settings.json"), "utf8")).toBe(wanted);
    expect(statSync(join(usher.folder, "settings.json")).mode & 0o777).toBe(0o600);
    expect((await usher.ask(usher.port, "/api/version")).body).toBe('{"version":"1"}');

    const refused = await usher.run(["configure"], JSON.stringify({ ...settings, maxBody: 0 }));
    expect(refused).toEqual({
      status: 1,
      said: "maxBody of the settings is 0; write a whole number of bytes above 0",
    });
    expect(readFileSync(join(usher.folder, "settings.json"), "utf8")).toBe(wanted);

    const ended = once(first, "exit");
    first.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    usher.start();
    await usher.healthy();
    expect((await usher.ask(usher.port, "/api/version")).body).toBe('{"version":"1"}');
  });

  it("writes a line for each request, and has figures", async () => {
    const usher = await place();
    writeFileSync(join(usher.folder, "settings.json"), JSON.stringify({ ...settings, upstream: "127.0.0.1:1" }));
    const serving = usher.start();
    await usher.healthy();
    const line = once(serving.stdout ?? serving, "data");
    expect((await usher.ask(usher.port, "/api/version?key=secret")).status).toBe(503);
    expect(JSON.parse(String(await line))).toMatchObject({ client: "web", endpoint: "/api/version", status: 503 });
    const { status, headers, body } = await usher.ask(usher.figures, "/metrics");
    expect([status, headers["content-type"]]).toEqual([200, "text/plain; version=0.0.4; charset=utf-8"]);
    expect(body).toContain('usher_requests_total{client="web",endpoint="/api/version",model="",status="503"} 1\n');
    expect(body).toContain("\nprocess_resident_memory_bytes ");
    for (const [port, path] of [
      [usher.figures, "/"],
      [usher.control, "/settings"],
    ] as const)
      expect((await usher.ask(port, path)).status).toBe(404);
  });

  it("loads the models that stay from the settings that it has, and is not held up by that", async () => {
    const loading = Promise.withResolvers<undefined>();
    const ollama = await stubMemory((_response, _request, model) => {
      if (model === "gemma3n:e2b") return false;
      loading.resolve(undefined);
      return new Promise(() => undefined);
    });
    const usher = await place();
    const stays = { model: "gemma3n:e2b", keepAlive: "-1s", preload: true, embeds: false };
    const stored = { ...settings, upstream: ollama.upstream, kept: [stays] };
    writeFileSync(join(usher.folder, "settings.json"), JSON.stringify(stored));
    const serving = usher.start();
    const line = JSON.parse(String((await once(serving.stdout ?? serving, "data"))[0])) as unknown;
    expect(line).toMatchObject({ preload: "gemma3n:e2b", failure: null });
    await usher.healthy();
    const kept = [stays, { ...stays, model: "all-minilm", embeds: true }];
    expect((await usher.run(["configure"], JSON.stringify({ ...stored, kept }))).status).toBe(0);
    await loading.promise;
    expect((await usher.ask(usher.figures, "/metrics")).body).not.toContain("usher_requests_total{");
    const ended = once(serving, "exit");
    serving.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    expect(ollama.asked()).toHaveLength(2);
  });

  it("goes on without settings that cannot be read, and says so", async () => {
    const usher = await place();
    writeFileSync(join(usher.folder, "settings.json"), "{");
    const serving = usher.start();
    const said = once(serving.stderr ?? serving, "data");
    await usher.healthy();
    expect(String(await said)).toMatch(/ has settings that cannot be used: the settings are not JSON: .*\n$/);
    expect((await usher.ask(usher.port, "/api/version")).status).toBe(503);
  });

  it("knows its commands", async () => {
    const usher = await place();
    expect(await usher.run(["serv"])).toEqual({
      status: 2,
      said: "unknown command serv; known are serve, configure and health",
    });
  });
});
