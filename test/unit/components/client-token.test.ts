import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { ClientToken, type ClientTokenArgs } from "../../../components/client-token.ts";
import { tokenOf } from "../../../gateway/client.ts";
import { declare, named, valueOf } from "../support/pulumi-mocks.ts";

const type = "random:index/randomPassword:RandomPassword";
const rotatedAt = 1_790_000_000;

function declareToken(change: Partial<ClientTokenArgs> = {}) {
  const args = { client: "backend", rotation: 1, overlap: 86400, ...change };
  return declare((options) => new ClientToken("backend-token", args, options), {
    "backend-token-rotated": { stdout: String(rotatedAt) },
  });
}

describe("ClientToken", () => {
  it.each([
    [1, ["backend-token-1"]],
    [2, ["backend-token-1", "backend-token-2"]],
    [3, ["backend-token-2", "backend-token-3"]],
    [10, ["backend-token-10", "backend-token-9"]],
  ])("at rotation %d has the secrets %j, those that stay under their names", async (rotation, names) => {
    const { resources } = await declareToken({ rotation });
    expect(
      resources
        .filter((resource) => resource.type === type)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(names);
  });

  it("asks for a secret of letters and digits that another rotation would replace", async () => {
    const { resources } = await declareToken({ rotation: 10 });
    expect(named(resources, "backend-token-9").inputs).toEqual({
      length: 41,
      special: false,
      keepers: { rotation: "9" },
    });
    expect(named(resources, "backend-token-10").inputs).toEqual({
      length: 40,
      special: false,
      keepers: { rotation: "10" },
    });
  });

  it("declares the secret that stays with the same inputs as before the rotation", async () => {
    const [before, after] = [await declareToken({ rotation: 2 }), await declareToken({ rotation: 3 })];
    expect(named(after.resources, "backend-token-2")).toEqual(named(before.resources, "backend-token-2"));
  });

  it("asks for no secret of another client by that name", async () => {
    const { resources } = await declare(
      (options) => new ClientToken("web-token", { client: "web", rotation: 1, overlap: 0 }, options),
    );
    expect(resources.map(({ name }) => name)).toEqual(["web-token", "web-token-1"]);
  });

  it("reads the clock at every rotation, and not before the first", async () => {
    const clock = "backend-token-rotated";
    expect((await declareToken()).resources.map(({ name }) => name)).not.toContain(clock);
    const { resources, options } = await declareToken({ rotation: 3 });
    expect(named(resources, clock)).toEqual({
      type: "command:local:Command",
      name: clock,
      inputs: { create: "date +%s", triggers: [3] },
    });
    expect(options[`command:local:Command ${clock}`]).toEqual({
      replaceOnChanges: ["triggers[*]"],
      parent: "ClientToken",
    });
  });

  it.each([1, 3])("at rotation %d gives the newest token", async (rotation) => {
    const { result } = await declareToken({ rotation });
    expect(await valueOf(result.token)).toBe(tokenOf(`backend.${rotation}`, `secret of backend-token-${rotation}`));
  });

  it("at first has one account that does not end", async () => {
    const { result } = await declareToken();
    expect(await valueOf(result.accounts)).toEqual([
      { user: "backend.1", hash: "hash of backend-token-1", expires: null },
    ]);
  });

  it.each([
    [86400, rotatedAt + 86400],
    [0, rotatedAt],
  ])("after a rotation has the one before it as well, for %d seconds", async (overlap, expires) => {
    const { result } = await declareToken({ rotation: 3, overlap });
    expect(await valueOf(result.accounts)).toEqual([
      { user: "backend.3", hash: "hash of backend-token-3", expires: null },
      { user: "backend.2", hash: "hash of backend-token-2", expires },
    ]);
  });

  it("gives token and accounts as secrets", async () => {
    const { result } = await declareToken({ rotation: 2 });
    expect([await pulumi.isSecret(result.token), await pulumi.isSecret(result.accounts)]).toEqual([true, true]);
  });
});
