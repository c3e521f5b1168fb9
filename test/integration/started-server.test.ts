import { describe, expect, it } from "vitest";
import { startedServer } from "../../engine/started-server.ts";
import { reasonOf } from "../../support/failure.ts";
import { ollamaImage, removeContainer } from "../support/fixtures.ts";
import { freePort } from "../support/free-port.ts";
import { docker } from "../support/shell.ts";

describe("a server whose container ends as it starts", () => {
  it.each([
    ["no", "its container ended with 3"],
    ["unless-stopped", "its container ends as often as Docker starts it, with 3"],
  ])("is not waited for under the restart policy %s, and its log is shown", async (policy, why) => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const script = ["--entrypoint", "sh", ollamaImage, "-c", "echo no such luck; exit 3"];
    const container = await docker("run", "--detach", "--restart", policy, ...script);
    try {
      const failure = await startedServer({ url, container }).catch(reasonOf);
      expect(failure).toContain(`The server at ${url} does not answer: ${why}\n`);
      expect(failure).toMatch(
        new RegExp(`\nLast lines of the log of the container ${container.slice(0, 12)}:\n( {2}no such luck\n?)+$`),
      );
    } finally {
      await removeContainer(container);
    }
  });
});
