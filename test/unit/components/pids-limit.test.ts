import { describe, expect, it } from "vitest";
import { limitPids } from "../../../components/pids-limit.ts";
import { codeEnvironment } from "../../../components/program-command.ts";
import { declare } from "../support/pulumi-mocks.ts";

describe("limitPids", () => {
  it("runs a command with the container and its limit, again for every other container", async () => {
    const { resources } = await declare((options) => limitPids("ollama", { container: "id", limit: 7 }, options));
    expect(resources).toEqual([
      {
        type: "command:local:Command",
        name: "ollama-pids",
        inputs: {
          create: "node --use-system-ca --use-env-proxy commands/limit-pids.ts",
          stdin: '{"container":"id","limit":7}',
          environment: codeEnvironment("limit-pids.ts"),
          logging: "stdoutAndStderr",
        },
      },
    ]);
  });
});
