import { describe, expect, it } from "vitest";
import { BodyBudget, type Grant } from "../../../usher/body-budget.ts";

const { signal } = new AbortController();

/** What was granted, by names, as it comes. */
function takers(budget: BodyBudget) {
  const grants = new Map<string, Grant>();
  return {
    granted: async () => {
      await new Promise(setImmediate);
      return [...grants.keys()];
    },
    take: (client: string, bytes: number, name = client) => {
      void budget.take(client, bytes, signal).then((grant) => grants.set(name, grant));
    },
    release: (name: string) => {
      grants.get(name)?.release();
      grants.delete(name);
    },
  };
}

describe("the memory for bodies", () => {
  it("is granted while there is some, and then in the order of asking", async () => {
    const budget = new BodyBudget(100);
    const { granted, take, release } = takers(budget);
    for (const name of ["a", "b", "c", "d"]) take(name, 40);
    take("e", 10);
    expect([await granted(), budget.held]).toEqual([["a", "b"], 80]);
    release("a");
    expect([await granted(), budget.held]).toEqual([["b", "c"], 80]);
    release("b");
    expect([await granted(), budget.held]).toEqual([["c", "d", "e"], 90]);
  });

  it("is half of it a client's, and others are not behind it", async () => {
    const budget = new BodyBudget(100);
    const { granted, take, release } = takers(budget);
    take("hog", 30, "first");
    take("hog", 30, "second");
    take("hog", 10, "third");
    take("other", 50);
    expect(await granted()).toEqual(["first", "other"]);
    release("first");
    expect(await granted()).toEqual(["other", "second", "third"]);
  });

  it("is granted to one alone whatever it needs", async () => {
    const budget = new BodyBudget(100);
    const { granted, take, release } = takers(budget);
    take("a", 500);
    take("b", 1);
    expect(await granted()).toEqual(["a"]);
    release("a");
    expect(await granted()).toEqual(["b"]);
  });

  it("is given back once", async () => {
    const budget = new BodyBudget(100);
    const grant = await budget.take("a", 60, signal);
    grant.release();
    grant.release();
    expect(budget.held).toBe(0);
  });

  it("can grow, and whoever waits has it then", async () => {
    const budget = new BodyBudget(100);
    const { granted, take } = takers(budget);
    take("a", 60);
    take("b", 60);
    expect(await granted()).toEqual(["a"]);
    budget.resize(200);
    expect(await granted()).toEqual(["a", "b"]);
  });

  it("is not waited for any more after an abort", async () => {
    const budget = new BodyBudget(100);
    const held = await budget.take("a", 100, signal);
    const controller = new AbortController();
    const waiting = budget.take("b", 10, controller.signal);
    controller.abort(new Error("too late"));
    await expect(waiting).rejects.toThrow("too late");
    await expect(budget.take("b", 10, controller.signal)).rejects.toThrow("too late");
    held.release();
    expect(budget.held).toBe(0);
  });
});
