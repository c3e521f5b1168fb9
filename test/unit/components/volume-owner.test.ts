import { describe, expect, it } from "vitest";
import { ownVolume } from "../../../components/volume-owner.ts";
import { codeEnvironment } from "../../../components/program-command.ts";
import { declare, valueOf } from "../support/pulumi-mocks.ts";

const input = { volume: "models", image: "sha256:image", userId: 10001 };

describe("ownVolume", () => {
  it("runs a command with the volume, an image with a shell and the user", async () => {
    const { resources } = await declare((options) => ownVolume("models", input, options));
    expect(resources).toEqual([
      {
        type: "command:local:Command",
        name: "models-owner",
        inputs: {
          create: "node --use-system-ca --use-env-proxy commands/own-volume.ts",
          stdin: '{"volume":"models","image":"sha256:image","userId":10001}',
          environment: codeEnvironment("own-volume.ts"),
          logging: "stdoutAndStderr",
        },
      },
    ]);
  });

  it("gives what the command prints, the volume's name once it is the user's", async () => {
    const { result } = await declare((options) => ownVolume("models", input, options));
    expect(await valueOf(result.stdout)).toBe("stdout-1");
  });
});
