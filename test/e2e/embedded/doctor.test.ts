import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Finding } from "../../../operations/doctor/finding.ts";
import type { Verdict } from "../../../operations/drift/verdict.ts";
import { exitStatus } from "../../../support/exit-status.ts";
import { MiB } from "../../../support/units.ts";
import { stack } from "../../support/bundle.ts";
import { model } from "../../support/fixtures.ts";
import { gatewayProject, type GatewayProject } from "../../support/gateway.ts";
import { docker, must } from "../../support/shell.ts";

const registry = inject("registry");

describe("doctor and drift of a stack with a gateway", () => {
  let gateway: GatewayProject;
  let server: string;

  beforeAll(async () => {
    gateway = await gatewayProject(registry, 0);
    const { status, output } = await gateway.up({});
    if (status !== 0) throw new Error(output);
    server = (await gateway.project.outputs(stack)).containerName;
  });

  afterAll(() => gateway[Symbol.asyncDispose]());

  const doctor = (...args: string[]) => gateway.project.run("node", ["commands/doctor.ts", stack, ...args]);
  /** What is found, by name, and with what exit status. */
  const found = async (...args: string[]) => {
    const { status, stdout, output } = await doctor("--json", ...args);
    expect(output).toContain('"findings"');
    const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] };
    return { status, ids: findings.map(({ id }) => id), findings };
  };
  const beside = (name: string) => docker("ps", "--filter", `name=${name}`, "--format", "{{.Names}}");
  const networks = async (container: string) => {
    const text = await docker("inspect", "--format", "{{json .NetworkSettings.Networks}}", container);
    return Object.keys(JSON.parse(text) as object);
  };
  /** A container of the stack, by the network that it shares with the server. */
  const neighbour = async (name: string) => {
    const [network = ""] = await networks(server);
    return docker("ps", "--filter", `network=${network}`, "--filter", `name=${name}`, "--format", "{{.Names}}");
  };

  it("has nothing to say of a healthy one", async () => {
    const { status, stdout, output } = await doctor();
    expect({ status, stdout }, output).toEqual({ status: 0, stdout: `Nothing is wrong with the stack ${stack}\n` });
  });

  const drift = async (...args: string[]) => {
    const { status, stdout, output } = await gateway.project.run("node", [
      "commands/drift.ts",
      stack,
      ...args,
      "--json",
    ]);
    expect(output).toContain('"verdict"');
    return { status, ...(JSON.parse(stdout) as Verdict) };
  };

  it("runs as it was deployed, down to the files of its models", async () => {
    const compared = [
      ...["3 containers", "2 networks", "2 volumes", "3 names of images"],
      ...["files of the models", "configuration"],
    ];
    const asDeployed = { stack, status: 0, verdict: "as-deployed", differences: [], untold: [], leftOut: [] };
    expect(await drift()).toEqual({ ...asDeployed, compared });
    // What Docker has is written down as it was declared.
    expect((await gateway.project.refresh(stack)).status).toBe(0);
    expect((await drift("--quick")).verdict).toBe("as-deployed");
  });

  it("names a limit, a network and a key that are other than deployed", async () => {
    const [network = ""] = await networks(server);
    const edge = await neighbour("gateway-container");
    const set = (...config: string[]) => gateway.project.pulumi(["config", ...config, "--stack", stack]);
    const memory = await docker("inspect", "--format", "{{.HostConfig.Memory}}", server);
    const limit = (bytes: string) => docker("update", "--memory", bytes, "--memory-swap", bytes, server);
    const lower = String(Number(memory) - 64 * MiB);
    await limit(lower);
    await docker("network", "disconnect", network, edge);
    await set("set", "gemma:tried", "yes");

    const { status, verdict, differences, leftOut } = await drift("--quick");
    expect({ status, verdict, leftOut }).toEqual({ status: 1, verdict: "drifted", leftOut: ["files of the models"] });
    expect(differences).toEqual(
      expect.arrayContaining([
        { of: server, key: "memory", deployed: memory, now: lower },
        { of: server, key: "memorySwap", deployed: memory, now: lower },
        expect.objectContaining({ of: edge, key: "networks" }),
        { of: "configuration", key: "gemma:tried" },
      ]),
    );
    expect(differences, JSON.stringify(differences)).toHaveLength(4);
    await set("rm", "gemma:tried");
    await limit(memory);
    await docker("network", "connect", network, edge);
    expect((await drift("--quick")).differences).toEqual([]);
  });

  it("names a container's restart policy, its name and the name under which others find it", async () => {
    const [usher, edge] = [await neighbour("usher-container"), await neighbour("gateway-container")];
    const [network = ""] = await networks(server);
    await docker("update", "--restart", "no", usher);
    await docker("network", "disconnect", network, usher);
    await docker("network", "connect", network, usher);
    await docker("rename", edge, `${edge}-by-hand`);
    const { status, differences } = await drift("--quick");
    await docker("rename", `${edge}-by-hand`, edge);
    await docker("update", "--restart", "unless-stopped", usher);
    await docker("network", "disconnect", network, usher);
    await docker("network", "connect", "--alias", "usher", network, usher);
    // In the order of the state, which is that in which they were made.
    const byName = differences.toSorted((a, b) => b.of.localeCompare(a.of));
    expect({ status, differences: byName }).toEqual({
      status: 1,
      differences: [
        { of: usher, key: "aliases", deployed: `usher in ${network}`, now: "none" },
        { of: usher, key: "restart", deployed: "unless-stopped", now: "no" },
        { of: edge, key: "name", deployed: edge, now: `${edge}-by-hand` },
      ],
    });
    expect((await drift("--quick")).differences).toEqual([]);
  });

  it("refuses a symptom that it does not know", async () => {
    const { status, output } = await doctor("--symptom", "cough");
    expect(status).toBe(exitStatus.usage);
    expect(output).toContain("--symptom is cough; it is one of no-answer, out-of-memory, slow");
  });

  it("names a container that was stopped, one that was killed and one without its network, and mends them", async () => {
    const [usher, edge] = [await neighbour("usher-container"), await neighbour("gateway-container")];
    const [network = ""] = await networks(server);
    await docker("stop", usher);
    await docker("kill", server);
    await docker("network", "disconnect", network, edge);

    const { status, ids, findings } = await found("--symptom", "no-answer");
    expect(status).toBe(exitStatus.failed);
    expect(ids.toSorted()).toEqual(["container-stopped", "container-stopped", "network-lost"]);
    const killed = findings.find(({ found: text }) => text.includes(server));
    expect(killed?.found).toBe(
      `The container ${server} (server) was stopped by hand, and Docker does not start it again`,
    );
    expect(killed?.evidence).toEqual(["status exited, exit code 137, restarts 0"]);
    expect(killed?.advice).toContain(`docker start ${server}`);

    const mended = await doctor("--fix");
    expect(mended.output).toContain("Starting the containers that were stopped, because of container-stopped");
    expect(mended.output).toContain("Putting containers back on their networks, because of network-lost");
    expect({ status: mended.status, stdout: mended.stdout.split("\n").at(-2) }, mended.output).toEqual({
      status: 0,
      stdout: `Nothing is wrong with the stack ${stack}`,
    });
    expect(await networks(edge)).toContain(network);
    expect(await beside(usher)).toBe(usher);
  });

  it("tells a stuck runner from a server that is gone, and mends it", async () => {
    const stop = async () => {
      const pid = await docker("inspect", "--format", "{{.State.Pid}}", server);
      const runners = (await must("sh", ["-c", `cat /proc/${pid}/task/*/children`])).trim().split(/\s+/);
      await must("kill", ["-STOP", ...runners]);
    };
    // The server itself gives up a runner that has not answered it for 10 seconds, and starts another.
    const patience = ["--timeout", "9s"];
    await stop();
    const mended = await doctor(...patience, "--fix");
    expect(mended.output).toContain("Taking the models out of memory and loading them again, because of stuck-runner");
    expect(mended.status, mended.output).toBe(0);

    await stop();
    const { status, ids, findings } = await found(...patience);
    expect({ status, ids }).toEqual({ status: exitStatus.failed, ids: ["stuck-runner"] });
    expect(findings[0]?.found).toBe(`The server answers, and the runner of ${model} is stuck`);
    expect(findings[0]?.evidence[1]).toBe("POST /api/generate: nothing within 9 s");
  });

  it("names a container and a network that somebody made again, with what is other in them", async () => {
    const edge = await neighbour("gateway-container");
    const [inner = "", outer = ""] = (await networks(edge)).toSorted().reverse();
    const image = await docker("inspect", "--format", "{{.Image}}", edge);
    const before = await docker("inspect", "--format", "{{.Id}}", edge);
    await docker("rm", "--force", edge);
    await docker("network", "rm", outer);
    const network = await docker("network", "create", "--internal", outer);
    const options = ["--network", inner, "--publish", "127.0.0.1::8081", "--ulimit", "nofile=1024", "--shm-size", "1m"];
    const made = await docker("create", "--name", edge, ...options, image);

    const { status, differences } = await drift("--quick");
    await docker("rm", edge);
    await docker("network", "rm", outer);
    expect(status).toBe(1);
    expect(differences).toEqual(
      expect.arrayContaining([
        { of: edge, key: "container", deployed: before.slice(0, 12), now: `another, ${made.slice(0, 12)}` },
        { of: edge, key: "ports", deployed: "127.0.0.1:any to 8080/tcp", now: "127.0.0.1:any to 8081/tcp" },
        { of: edge, key: "shmSize", deployed: String(64 * MiB), now: String(MiB) },
        expect.objectContaining({ of: outer, key: "network", now: `another, ${network.slice(0, 12)}` }),
        { of: outer, key: "internal", deployed: "false", now: "true" },
        {
          of: outer,
          key: "options",
          deployed: "com.docker.network.bridge.enable_ip_masquerade=false",
          now: "none",
        },
      ]),
    );
  });
});
