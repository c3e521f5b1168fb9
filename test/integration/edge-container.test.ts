import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EdgeContainer, type EdgeContainerArgs, type PrepareEdgeInput } from "../../components/edge-container.ts";
import { edgeAlias } from "../../edge/layout.ts";
import { runArguments } from "../support/declared-container.ts";
import { testClient } from "../support/edge.ts";
import { caddyImage, haproxyImage, removeContainer } from "../support/fixtures.ts";
import { freePort } from "../support/free-port.ts";
import { Project } from "../support/project.ts";
import { docker } from "../support/shell.ts";
import { uniqueName } from "../support/unique-name.ts";
import { declare, named } from "../unit/support/pulumi-mocks.ts";

describe("the edge's container", () => {
  const volume = uniqueName("gemma-test-edge");
  const network = uniqueName("gemma-test-edge");
  const policy = { clients: [testClient("web")], hosts: ["127.0.0.1"], origins: [] };
  const settings = { slots: 4, maxBody: 1, readTimeout: 60, holdTimeout: 1 };
  let project: Project;
  let container = "";
  let port: number;

  beforeAll(async () => {
    project = await Project.create();
    port = await freePort();
    await docker("volume", "create", volume);
    await docker("network", "create", network);
  });

  afterAll(async () => {
    if (container !== "") await removeContainer(container);
    await docker("volume", "rm", volume);
    await docker("network", "rm", network);
    await project.remove();
  });

  const prepare = async (image = haproxyImage) => {
    const all = { volume, image, settings: { ...settings, tls: false }, policy };
    const input: PrepareEdgeInput = { ...all, network: "none", tls: { mode: "none" }, drainTimeout: 1 };
    const { status, output } = await project.command("prepare-edge.ts", input);
    return { status, output };
  };

  it("starts with the files that its volume is filled with, and knows its clients", async () => {
    const owned = await project.command("own-volume.ts", { volume, image: haproxyImage, userId: 10_002 });
    expect(owned.status).toBe(0);
    const { status, output } = await prepare();
    expect([status, output]).toEqual([
      0,
      expect.stringContaining(`The volume ${volume} got settings.cfg, server.cfg, `),
    ]);
    const args: EdgeContainerArgs = {
      ...{ imageId: haproxyImage, networkName: "", subnet: undefined, address: "127.0.0.1", port },
      ...{ memory: 256, cpus: 1, settings, policy, tls: { mode: "none" }, drainTimeout: 1 },
      ...{ restart: "no", logging: { maxSize: 10, maxFile: 3 } },
    };
    const { resources } = await declare((options) => new EdgeContainer("edge", args, options));
    const { inputs } = named(resources, "edge-container");
    const place = ["--volume", `${volume}:/var/lib/gateway`, "--network", network, "--network-alias", edgeAlias];
    container = await docker("run", "-d", ...place, ...runArguments(inputs, haproxyImage, []));
    const ask = async (token: string) => {
      const headers = { Authorization: `Bearer ${token}` };
      return fetch(`http://127.0.0.1:${port}/api/tags`, { headers }).then(({ status: code }) => code, String);
    };
    await expect.poll(() => ask("other-token"), { timeout: 10_000 }).toBe(401);
    // There is no server yet.
    expect(await ask("web-token")).toBe(503);
  });

  it("has what is missing alone brought while it runs, and all of it when it does not", async () => {
    expect(await prepare()).toEqual({ status: 0, output: `The volume ${volume} has all files\n` });
    await docker("exec", container, "rm", "/var/lib/gateway/lanes.cfg");
    expect(await prepare()).toEqual({ status: 0, output: `The volume ${volume} got lanes.cfg\n` });
    await docker("stop", container);
    expect((await prepare()).output).toContain(
      `The volume ${volume} got settings.cfg, server.cfg, haproxy.cfg, errors.lua, lanes.cfg, `,
    );
  });

  it("is not prepared with an image that cannot run what it reads", async () => {
    const { status, output } = await prepare(caddyImage);
    expect(output).toMatch(
      /^The image caddy\S+ cannot run the gateway: .*; set gateway\.image to one of HAProxy 3\.2 or later, with Lua$/m,
    );
    expect(status).not.toBe(0);
  });
});
