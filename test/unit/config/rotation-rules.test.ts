import { describe, expect, it } from "vitest";
import { rotationProblems } from "../../../config/rotation-rules.ts";
import { parsed } from "../support/raw-config.ts";

const configured = (...clients: unknown[]) =>
  parsed({ delivery: "embedded", baseImage: `sha256:${"a".repeat(64)}`, gateway: { enabled: true, clients } });

const known = new Map([
  ["backend", 4],
  ["web", 1],
]);

describe("the rotation of a client", () => {
  it("may stay, go one further, and begin anywhere", () => {
    const clients = [
      { name: "backend", rotation: 4 },
      { name: "web", rotation: 2 },
      { name: "guest", rotation: 9 },
      // A name that every object has.
      { name: "constructor", rotation: 7 },
    ];
    expect(rotationProblems(configured(...clients), known)).toEqual([]);
    expect(rotationProblems(configured({ name: "backend", rotation: 5 }), known)).toEqual([]);
  });

  it.each([
    [
      { name: "backend", rotation: 3 },
      "backend has its token 4, and one before it must not work again: write 4 to keep that, or 5 for another token",
    ],
    [
      "backend",
      "backend has its token 4, and one before it must not work again: write 4 to keep that, or 5 for another token",
    ],
    [
      { name: "backend", rotation: 6 },
      "backend has its token 4, which would end at once: write 4 to keep that, or 5 for another token",
    ],
    [
      { name: "web", rotation: 1_000_000 },
      "web has its token 1, which would end at once: write 1 to keep that, or 2 for another token",
    ],
  ])("of %j is refused", (client, message) => {
    expect(rotationProblems(configured("guest", client), known)).toEqual([
      { path: ["gateway", "clients", "1", "rotation"], message },
    ]);
  });
});
