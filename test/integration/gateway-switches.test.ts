import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import type { ConfigureGatewayInput } from "../../components/gateway-configuration.ts";
import type { DrainInput } from "../../components/drain.ts";
import { answer, askingMeanwhile, startGateway, testClient } from "../support/gateway-container.ts";
import type { TestClient, TestGateway } from "../support/gateway-container.ts";
import { Project } from "../support/project.ts";
import { docker, must, type Result } from "../support/shell.ts";

describe("a gateway whose configuration changes", () => {
  let project: Project;
  let gateway: TestGateway;
  let one: TestClient;
  let two: TestClient;

  beforeAll(async () => {
    project = await Project.create();
    gateway = await startGateway();
    [one, two] = await Promise.all([testClient("one"), testClient("two")]);
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await project.remove();
  });

  const configure = (change: Partial<ConfigureGatewayInput> = {}): Promise<Result> => {
    const input: ConfigureGatewayInput = {
      container: gateway.container,
      url: gateway.url,
      upstream: gateway.upstreams[0],
      clients: [one.known],
      hosts: ["127.0.0.1"],
      origins: [],
      maxRequests: 100,
      maxBody: 1,
      readTimeout: 60,
      holdTimeout: 60,
      tls: { mode: "none" },
      ...change,
    };
    return project.command("configure-gateway.ts", input);
  };
  const configured = async (change: Partial<ConfigureGatewayInput> = {}) => {
    const { status, output } = await configure(change);
    if (status !== 0) throw new Error(output);
    return output;
  };
  const ask = async ({ token }: TestClient, body = "{}"): Promise<string> => {
    const headers = { Authorization: `Bearer ${token}` };
    const reply = await fetch(`${gateway.url}/api/generate`, { method: "POST", headers, body });
    const text = await reply.text();
    return reply.status === 200 ? text : `${reply.status} ${text}`;
  };
  const read = (name: string) => docker("exec", gateway.container, "cat", `/var/lib/gateway/${name}`);
  /** IDs of the processes of Caddy, the door's first. */
  const processes = async () => {
    const lines = await must("docker", ["top", gateway.container, "-o", "pid,args"]);
    const caddies = lines.split("\n").filter((line) => /^\d+ +caddy run/.test(line.trim()));
    const door = Number(await docker("inspect", "--format", "{{.State.Pid}}", gateway.container));
    const rules = caddies.map((line) => Number(/\d+/.exec(line)?.[0])).filter((pid) => pid !== door);
    // The kernel's numbers begin anew at some time, and a process that was started later may have a smaller one.
    return [door, ...rules];
  };

  it("knows its clients", async () => {
    expect(await configured()).toBe(`The gateway at ${gateway.url} sends the requests of one to first:11434\n`);
    expect(await ask(one)).toBe(answer);
    expect(await ask(two)).toContain("401 ");
    expect([await read("rules"), await read("upstream")]).toEqual(["rules-a", "first:11434"]);
  });

  it("tells all whom it refuses why, whatever they send", async () => {
    const refused = Array.from({ length: 200 }, (_, request) => ask(two, "x".repeat(request * 500)));
    const unauthorized = "unauthorized: send the client's token as Authorization: Bearer TOKEN";
    expect([...new Set(await Promise.all(refused))]).toEqual([`401 ${JSON.stringify({ error: unauthorized })}`]);
  });

  it("loses no request while clients come and go", async () => {
    const changes = async () => {
      for (let change = 1; change <= 10; change += 1)
        await configured({
          clients: change % 2 === 1 ? [one.known, two.known] : [one.known],
          maxRequests: 100 + change,
        });
    };
    const { answered, failed } = await askingMeanwhile(16, () => ask(one), changes());
    expect(failed).toEqual([]);
    expect(answered).toBeGreaterThan(100);
    expect(await read("rules")).toBe("rules-a");
    expect(await ask(two)).toContain("401 ");
  });

  it("loses no request while the server changes, and keeps its rules and its door meanwhile", async () => {
    await configured();
    const rules = await read("rules");
    const changes = async () => {
      for (let change = 1; change <= 10; change += 1)
        await configured({ upstream: gateway.upstreams[change % 2] ?? "" });
    };
    const { answered, failed } = await askingMeanwhile(16, () => ask(one), changes());
    expect(failed).toEqual([]);
    expect(answered).toBeGreaterThan(100);
    expect([await read("rules"), await read("upstream")]).toEqual([rules, "first:11434"]);
  });

  it("lets requests wait from the drain of the server until there is another, also with long bodies", async () => {
    const input: DrainInput = {
      gateway: gateway.container,
      server: gateway.server,
      upstream: "first:11434",
      drainTimeout: 10,
    };
    const { output, status } = await project.command("drain.ts", input);
    expect(output).toContain("The gateway holds requests until there is a server again\n");
    expect(status).toBe(0);
    const waiting = [ask(one), ask(one, "x".repeat(1_000_000))];
    const state = () => Promise.race([Promise.any(waiting), sleep(1000, "waiting")]);
    expect(await state()).toBe("waiting");
    await configured({ upstream: "second:11434" });
    expect(await Promise.all(waiting)).toEqual([answer, answer]);
  });

  it("does not hold requests that already go to another server", async () => {
    const input = { gateway: gateway.container, server: gateway.server, upstream: "first:11434", drainTimeout: 10 };
    expect((await project.command("drain.ts", input)).output).not.toContain("holds");
    expect(await ask(one)).toBe(answer);
  });

  it("goes on with the rules it has when Caddy does not take others", async () => {
    const [account] = one.known.accounts;
    const broken = { ...one.known, accounts: [{ ...account, user: "", hash: "", expires: null }] };
    const { status, stderr } = await configure({ clients: [broken], upstream: "first:11434" });
    expect(stderr).toMatch(
      /^The gateway did not take its configuration: loading [^"{}]* account 0: username and password are required\n$/,
    );
    expect(status).toBe(1);
    expect(await read("upstream")).toBe("second:11434");
    expect(await ask(one)).toBe(answer);
  });

  it("answers again when processes with rules have died, with the rules they had, and is healthy", async () => {
    const [door = 0, ...rules] = await processes();
    expect(rules).toHaveLength(2);
    await must("kill", ["-9", ...rules.map(String)]);
    while ((await processes()).some((process) => rules.includes(process))) await sleep(20);
    expect(await ask(one)).toBe(answer);
    expect(await ask(two)).toContain("401 ");
    while ((await processes()).length < 3) await sleep(100);
    expect((await processes()).includes(door)).toBe(true);
    await docker("exec", gateway.container, "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:2020/");
  });

  it("ends when its door dies, so that Docker starts it again", async () => {
    const [door = 0] = await processes();
    await must("kill", ["-9", String(door)]);
    expect(await docker("wait", gateway.container)).toBe("137");
  });
});
