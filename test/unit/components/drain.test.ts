import { describe, expect, it } from "vitest";
import { Drain } from "../../../components/drain.ts";
import { codeEnvironment } from "../../../components/program-command.ts";
import { declare, only, stdinOf } from "../support/pulumi-mocks.ts";

const input = { gateway: "edge-id", server: "server-id", upstream: "usher-1:8080", drainTimeout: 60 };
const args = { ...input, generation: "usher-id" };

const declareDrain = () => declare((options) => new Drain("gateway-drain", args, options));

describe("Drain", () => {
  it("declares itself and one command, which does its work when it goes and is another one for another server or usher", async () => {
    const { resources } = await declareDrain();
    expect(resources.map(({ type }) => type)).toEqual(["gemma:index:Drain", "command:local:Command"]);
    const { name, inputs } = only(resources, "command:local:Command");
    const { stdin, ...others } = inputs;
    expect(typeof stdin).toBe("string");
    expect([name, others]).toEqual([
      "gateway-drain-command",
      {
        create: ":",
        delete: "node --use-system-ca --use-env-proxy commands/drain.ts",
        environment: codeEnvironment("drain.ts"),
        triggers: ["server-id", "usher-id"],
        logging: "stdoutAndStderr",
      },
    ]);
  });

  it("sends what it is given", async () => {
    const { resources } = await declareDrain();
    expect(stdinOf(only(resources, "command:local:Command"))).toEqual(input);
  });

  it("goes before another one comes only where one of them does", async () => {
    const { options } = await declareDrain();
    expect(options["command:local:Command gateway-drain-command"]).toEqual({
      replaceOnChanges: ["triggers[*]"],
      parent: "Drain",
    });
  });
});
