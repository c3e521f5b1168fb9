import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { otherBase, stack } from "../../support/bundle.ts";
import { failures, Load, longestWait, stream, type Streamed } from "../../support/load.ts";
import { gatewayProject, type GatewayProject } from "../../support/gateway.ts";
import { freePort } from "../../support/free-port.ts";
import type { StackConfig } from "../../support/project.ts";
import { docker } from "../../support/shell.ts";

const registry = inject("registry");
const clients = ["one", "two", "three", "four"];

/** How often each change is made that can be made again and again. */
const changes = Number(process.env["GATEWAY_CHANGES"] ?? 1);
/** How many streams there are at once, and the pause between two of each, milliseconds; for many changes as many as can be. */
const [streams, pause] = changes > 1 ? [16, 0] : [clients.length, 1000];

describe("a stack behind the gateway that changes while clients stream", () => {
  let project: GatewayProject;
  let url: string;
  let tokens: Record<string, string>;
  let gateway: object = { clients };

  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    project = await gatewayProject(registry, port);
    await brought({}, gateway);
    tokens = await project.tokens();
  });

  afterAll(() => project[Symbol.asyncDispose]());

  async function brought(config: StackConfig, keys: object = gateway): Promise<string> {
    gateway = keys;
    const { status, output } = await project.up({ ...keys }, config);
    if (status !== 0) throw new Error(output);
    return output;
  }

  /** Requests that were answered from a while before some work until a while after it. */
  async function underLoad(what: string, work: () => Promise<unknown>): Promise<readonly Streamed[]> {
    // A token may change between two requests, and the machine has to bring up another server meanwhile.
    const ask = (index: number) => stream({ url, token: tokens[clients[index % clients.length] ?? ""] }, 12);
    const load = new Load(streams, ask, pause);
    await load.round();
    await work()
      .then(() => load.round())
      .finally(() => load.stop());
    const { results } = load;
    process.stdout.write(
      `${what}: ${results.length} requests, ${failures(results).length} failed, longest first byte ${(longestWait(results) / 1000).toFixed(1)} s\n`,
    );
    return results;
  }

  /** Makes a change as often as wanted. */
  async function often(change: (index: number) => Promise<unknown>): Promise<void> {
    for (let index = 1; index <= changes; index += 1) await change(index);
  }

  const containerName = async () => (await project.project.outputs(stack)).containerName;
  const servers = async () =>
    (await docker("ps", "--all", "--filter", "name=ollama-container", "--format", "{{.Names}}")).split("\n");

  it("loses no request when its tuning changes, and removes the old container at last", async () => {
    const before = await containerName();
    const results = await underLoad("another tuning", () =>
      often((index) => brought({ ollama: { keepAlive: `${6 + changes - index}m` } })),
    );
    expect(failures(results)).toEqual([]);
    expect(await containerName()).not.toBe(before);
    expect(await servers()).not.toContain(before);
  });

  it("loses no request when a token is rotated", async () => {
    const results = await underLoad("a rotated token", () =>
      often(async (index) => {
        const one = { name: "one", rotation: 1 + index };
        await brought({ ollama: { keepAlive: "6m" } }, { clients: [one, ...clients.slice(1)], rotationOverlap: "1h" });
        tokens = await project.tokens();
      }),
    );
    expect(failures(results)).toEqual([]);
  });

  it("loses no request when a client comes and goes", async () => {
    const before = gateway as { clients: unknown[] };
    const more = { ...before, clients: [...before.clients, "five"] };
    const results = await underLoad("a client more, and less", () =>
      often(async () => {
        await brought({ ollama: { keepAlive: "6m" } }, more);
        await brought({ ollama: { keepAlive: "6m" } }, before);
      }),
    );
    expect(failures(results)).toEqual([]);
  });

  it("loses no request when the base image changes", async () => {
    const baseImage = await otherBase("localhost/gemma/test-change-base:1");
    const results = await underLoad("another base image", () => brought({ baseImage, ollama: { keepAlive: "6m" } }));
    expect(failures(results)).toEqual([]);
    expect(await docker("inspect", "--format", "{{json .Config.Env}}", await containerName())).toContain("CHANGED=yes");
  });

  it("lets the old server answer when the new one does not pass its gate, and goes back", async () => {
    const before = await containerName();
    const results = await underLoad("a server that fails its gate, and back", async () => {
      const failed = await project.up(
        { ...gateway },
        { ollama: { keepAlive: "9m" }, readiness: { pattern: "Atlantis", timeout: "60s" } },
      );
      expect(failed.output).toContain("Readiness gate, step 4/4 model generates, failed");
      expect(failed.status).not.toBe(0);
      expect(await servers()).toContain(before);
      await brought({ ollama: { keepAlive: "6m" } });
    });
    expect(failures(results)).toEqual([]);
    expect(await servers()).not.toContain(before);
  });

  it("lets requests wait when the old server has to go first", async () => {
    await brought({ replacement: "recreate", ollama: { keepAlive: "6m" } });
    const results = await underLoad("one server after the other", () =>
      often(async (index) => {
        const recreate = { replacement: "recreate", ollama: { keepAlive: `${7 + changes - index}m` } };
        expect(await brought(recreate)).toContain("The gateway holds requests until there is a server again");
      }),
    );
    expect(failures(results)).toEqual([]);
  });

  /** Changes a file of the program, as another version of it would. */
  async function changeFile(path: string, from: string, to: string): Promise<void> {
    const file = join(project.project.folder, path);
    const before = await readFile(file, "utf8");
    expect(before).toContain(from);
    await writeFile(file, before.replace(from, to));
  }
  const same = { replacement: "recreate", ollama: { keepAlive: "7m" } };

  it("loses no request when haproxy.cfg changes, which preview shows and the next up brings", async () => {
    await changeFile("edge/haproxy.cfg", "unauthorized: send", "unauthorized; send");
    const { output } = await project.project.preview(stack);
    expect(output).toMatch(/~ +command:local:Command gateway-traffic-command update/);
    expect(output).not.toMatch(/[-+]+ +docker:index:Container/);
    const results = await underLoad("another haproxy.cfg", () =>
      often(async (index) => {
        if (index > 1) await changeFile("edge/haproxy.cfg", "unauthorized;", "unauthorized;;");
        await brought(same);
      }),
    );
    expect(failures(results)).toEqual([]);
    const answer = await fetch(`${url}/api/tags`);
    const marks = ";".repeat(changes);
    expect(await answer.json()).toEqual({
      error: `unauthorized${marks} send your token as Authorization: Bearer TOKEN`,
    });
  });

  it("loses no request when the usher's code changes, which preview shows and the next up brings", async () => {
    await changeFile("usher/request-rules.ts", "' not found", "' is not here");
    const { output } = await project.project.preview(stack);
    expect(output).toMatch(/\+- +docker:index:Container usher-container/);
    expect(output).not.toMatch(/[-+]+ +docker:index:Container (ollama|gateway)/);
    const server = await containerName();
    const results = await underLoad("another usher", () =>
      often(async (index) => {
        if (index > 1) await changeFile("usher/request-rules.ts", " is not here", " is not here,");
        await brought(same);
      }),
    );
    expect(failures(results)).toEqual([]);
    expect(await containerName()).toBe(server);
    const body = JSON.stringify({ model: "other:1", prompt: "Hi" });
    const headers = { Authorization: `Bearer ${tokens["one"]}` };
    const answer = await fetch(`${url}/api/generate`, { method: "POST", headers, body });
    expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining("'other:1' is not here")]);
    expect((await docker("ps", "--all", "--filter", "name=usher-container", "--quiet")).split("\n")).toHaveLength(1);
  });

  it("shows no change after a refresh", async () => {
    expect((await project.project.refresh(stack)).status).toBe(0);
    expect((await project.project.preview(stack, "--expect-no-changes")).status).toBe(0);
  });
});
