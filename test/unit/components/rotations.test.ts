import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { rotationProblems } from "../../../components/rotations.ts";
import type { StackConfig } from "../../../config/schema.ts";
import { tokenOf } from "../../../edge/token.ts";

/** A configuration with a client, as far as its tokens go. */
const withClient = (rotation: number) =>
  ({ gateway: { enabled: true, clients: [{ name: "web", rotation }] } }) as unknown as Pick<StackConfig, "gateway">;

/** Has Pulumi answer each question for the stack's outputs with the next of these; the last one stays. */
async function answering(...answers: readonly (string | Error)[]): Promise<{ asked: number }> {
  const seen = { asked: 0 };
  const mocks: pulumi.runtime.Mocks = {
    newResource: ({ name, inputs }) => ({ id: name, state: inputs as object }),
    call: () => {
      const answer = answers[Math.min(seen.asked++, answers.length - 1)];
      if (typeof answer !== "string") throw answer ?? new Error("nothing is to be asked");
      return { outputs: { tokens: { web: answer } } };
    },
  };
  await pulumi.runtime.setMocks(mocks, "gemma", "prod", false, "organization");
  return seen;
}

/** An error as the engine tells it. */
const failing = (details: string) => Object.assign(new Error(details), { details });

describe("the tokens of before", () => {
  it("are those of the stack's outputs, which a configuration may not go back behind", async () => {
    await answering(tokenOf("web.3", "0123456789"));
    expect(await rotationProblems(withClient(3))).toEqual([]);
    expect(await rotationProblems(withClient(2))).toHaveLength(1);
  });

  it("are asked for again while the engine is writing them", async () => {
    const halfWritten = failing("failed to load checkpoint: EOF");
    const seen = await answering(halfWritten, halfWritten, tokenOf("web.3", "0123456789"));
    expect(await rotationProblems(withClient(2))).toHaveLength(1);
    expect(seen.asked).toBe(3);
  });

  it("are not asked for again when that cannot be answered", async () => {
    const seen = await answering(failing("no such stack"));
    await expect(rotationProblems(withClient(2))).rejects.toThrow("no such stack");
    expect(seen.asked).toBe(1);
  });
});
