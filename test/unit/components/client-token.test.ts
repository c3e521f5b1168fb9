import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { ClientToken, type ClientTokenArgs } from "../../../components/client-token.ts";
import { tokenHash, tokenOf } from "../../../edge/token.ts";
import { declare, named, valueOf } from "../support/pulumi-mocks.ts";

const type = "random:index/randomPassword:RandomPassword";
const rotatedAt = 1_790_000_000;

function declareToken(change: Partial<ClientTokenArgs> = {}) {
  const args = { client: "backend", rotation: 1, overlap: 86400, ...change };
  return declare((options) => new ClientToken("backend-token", args, options), {
    "backend-token-2-end": { stdout: `${rotatedAt} ${rotatedAt + 86400} ${rotatedAt + 3600}` },
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

  it("records the end of the token before the current one, under a name of that token", async () => {
    const names = async (rotation: number) => (await declareToken({ rotation })).resources.map(({ name }) => name);
    expect(await names(1)).toEqual(["backend-token", "backend-token-1"]);
    expect(await names(2)).toContain("backend-token-1-end");
    expect(await names(3)).not.toContain("backend-token-1-end");
    const { resources, options } = await declareToken({ rotation: 3, overlap: 60 });
    expect(named(resources, "backend-token-2-end")).toEqual({
      type: "command:local:Command",
      name: "backend-token-2-end",
      inputs: {
        create: "node --use-system-ca --use-env-proxy commands/end-token.ts",
        stdin: '{"overlap":60}',
        triggers: [3],
        logging: "stderr",
      },
    });
    expect(options["command:local:Command backend-token-2-end"]).toEqual({
      replaceOnChanges: ["triggers[*]"],
      parent: "ClientToken",
    });
  });

  it.each([1, 3])("at rotation %d gives the newest token", async (rotation) => {
    const { result } = await declareToken({ rotation });
    expect(await valueOf(result.token)).toBe(tokenOf(`backend.${rotation}`, `secret of backend-token-${rotation}`));
  });

  const hashOf = (number: number) => tokenHash(tokenOf(`backend.${number}`, `secret of backend-token-${number}`));

  it("at first is known by one hash that does not end", async () => {
    const { result } = await declareToken();
    expect(await valueOf(result.tokens)).toEqual([{ sha256: hashOf(1), expires: null }]);
  });

  it("after a rotation is known beside the one before it, which ends as recorded", async () => {
    const { result } = await declareToken({ rotation: 3 });
    expect(await valueOf(result.tokens)).toEqual([
      { sha256: hashOf(3), expires: null },
      { sha256: hashOf(2), expires: rotatedAt + 3600 },
    ]);
  });

  it("gives the token and its hashes as secrets", async () => {
    const { result } = await declareToken({ rotation: 2 });
    expect([await pulumi.isSecret(result.token), await pulumi.isSecret(result.tokens)]).toEqual([true, true]);
  });
});
