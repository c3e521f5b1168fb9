import { describe, expect, it } from "vitest";
import { exitStatus } from "../../../support/exit-status.ts";
import { stackLabels } from "../../../engine/stack-labels.ts";
import { refuseStrangers, removeLabelled, removeLeftovers, strangers } from "../../../runner/leftovers.ts";
import { Failure } from "../../../support/failure.ts";
import { fakeDocker } from "../support/fake-docker.ts";
import { writtenTo } from "../support/said.ts";

const labels = stackLabels({ project: "gemma", stack: "dev", backend: "file:///state", folder: "/checkout" });
const filters = Object.entries(labels)
  .map(([label, value]) => `--filter label=${label}=${value}`)
  .join(" ");
const looks = [`container ls --all --quiet --no-trunc ${filters}`, `network ls --quiet --no-trunc ${filters}`] as const;

/** Full IDs, as `docker ls --no-trunc` prints them. */
const [first, second, third] = ["1", "2", "3"].map((digit) => digit.repeat(64)) as [string, string, string];

const container = (id: string) => ({ type: "docker:index/container:Container", id });
const network = (id: string) => ({ type: "docker:index/network:Network", id });

describe("leftovers", () => {
  it("are what has the stack's labels and is not written down, containers before networks", async () => {
    const said = writtenTo("stderr");
    const calls = fakeDocker({ containers: [first, second, third], networks: [first, second] });
    await removeLeftovers(labels, { resources: [container(first), network(second)] });
    expect(calls()).toEqual([
      ...looks,
      `container rm --force --volumes ${second}`,
      `container rm --force --volumes ${third}`,
      `network rm ${first}`,
    ]);
    expect(said).toEqual([
      `Removing what an interrupted run has left of this stack: container ${second.slice(0, 12)}, ${third.slice(0, 12)}\n`,
      `Removing what an interrupted run has left of this stack: network ${first.slice(0, 12)}\n`,
    ]);
  });

  const stuck = {
    networks: [first],
    inspected: { [first]: "server-1 {}\n" },
    stuck: { [first]: "it has active endpoints" },
  };
  const stays = `The network ${first.slice(0, 12)} of this stack cannot be removed: it has active endpoints`;

  it("are told of when the engine does not let them go, and the run goes on", async () => {
    const said = writtenTo("stderr");
    fakeDocker(stuck);
    await removeLeftovers(labels, {});
    expect(said.at(-1)).toBe(`${stays}\n`);
  });

  it("make taking down fail when the engine does not let them go", async () => {
    writtenTo("stderr");
    fakeDocker(stuck);
    await expect(removeLabelled(labels)).rejects.toThrow(new Failure(stays));
  });

  it("are gone when somebody else has removed them meanwhile", async () => {
    writtenTo("stderr");
    fakeDocker({ ...stuck, inspected: {} });
    await expect(removeLabelled(labels)).resolves.toBeUndefined();
  });

  it("are nothing that is written down", async () => {
    const said = writtenTo("stderr");
    const calls = fakeDocker({ containers: [first], networks: [second] });
    await removeLeftovers(labels, { resources: [container(first), network(second), { type: "other:index:Type" }] });
    expect([calls(), said]).toEqual([looks, []]);
  });

  it("are not known by the ID of another kind of resource", async () => {
    writtenTo("stderr");
    const calls = fakeDocker({ containers: [first], networks: [second] });
    await removeLeftovers(labels, { resources: [container(second), network(first)] });
    expect(calls()).toEqual([...looks, `container rm --force --volumes ${first}`, `network rm ${second}`]);
  });

  it("are all of a stack of which nothing is written down", async () => {
    writtenTo("stderr");
    const calls = fakeDocker({ containers: [first], networks: [second] });
    await removeLabelled(labels);
    await removeLabelled(labels);
    expect(calls()).toEqual([
      ...looks,
      `network inspect --format {{.Name}} {{json .Containers}} ${second}`,
      `container rm --force --volumes ${first}`,
      `network rm ${second}`,
      ...looks,
    ]);
  });
});

describe("strangers", () => {
  const inspected = (name: string, containers: object | null) => `${name} ${JSON.stringify(containers)}\n`;

  it("are the containers on the stack's networks that are not the stack's", async () => {
    fakeDocker({
      inspected: {
        [first]: inspected("server-1", { [first]: { Name: "ollama" }, [second]: { Name: "app" } }),
        [second]: inspected("gateway-1", { [third]: { Name: "other app" }, [second]: { Name: "app" } }),
      },
    });
    const resources = [container(first), network(first), network(second)];
    expect(await strangers({ resources })).toEqual([
      { container: "app", network: "server-1" },
      { container: "other app", network: "gateway-1" },
      { container: "app", network: "gateway-1" },
    ]);
  });

  it.each([
    ["that is empty", { [first]: inspected("server-1", {}) }],
    ["of which Docker tells no containers", { [first]: inspected("server-1", null) }],
    ["that is not there any more", {}],
  ])("are not on a network %s", async (_, networks) => {
    const calls = fakeDocker({ inspected: networks });
    expect(await strangers({ resources: [network(first)] })).toEqual([]);
    expect(calls()).toEqual([`network inspect --format {{.Name}} {{json .Containers}} ${first}`]);
  });

  it("are not looked for without a network", async () => {
    const calls = fakeDocker();
    expect([await strangers({}), await strangers({ resources: [container(first)] }), calls()]).toEqual([[], [], []]);
  });

  it("keep all that has a stack's labels where it is", async () => {
    const stranger = { [second]: { Name: "app" }, [first]: { Name: "ollama" } };
    const networks = { networks: [third], inspected: { [third]: inspected("server-1", stranger) } };
    const calls = fakeDocker({ containers: [first], ...networks });
    await expect(removeLabelled(labels)).rejects.toThrow("app is on server-1; nothing was removed. ");
    expect(calls().filter((call) => call.includes(" rm "))).toEqual([]);
  });

  it("are named with the ways to take them off", () => {
    const found = [
      { container: "app", network: "server-1" },
      { container: "other", network: "gateway-1" },
    ];
    expect(() => {
      refuseStrangers(found);
    }).toThrow(
      new Failure(
        "Containers that are not this stack's use a network that has to go: app is on server-1, other is on gateway-1; " +
          "nothing was removed. Stop them, or take them off with `docker network disconnect --force server-1 app; " +
          "docker network disconnect --force gateway-1 other`, and run the command again",
        exitStatus.refused,
      ),
    );
  });

  it("are no reason to stop when there are none", () => {
    expect(() => {
      refuseStrangers([]);
    }).not.toThrow();
  });
});
