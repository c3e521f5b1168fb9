import { describe, expect, it } from "vitest";
import { exitStatus } from "../../../support/exit-status.ts";
import { runCommand } from "../support/command.ts";
import { tempFolder } from "../support/temp-folder.ts";

describe("a command without a stack", { timeout: 60_000 }, () => {
  it.each([
    ["render.ts", "Name one stack, for example: npm run render -s dev\n"],
    ["health.ts", "Name one stack, for example: npm run health -s dev\n"],
    ["stage.ts", "Name one stack, for example: npm run stage -s dev\n"],
    ["down.ts", "Name one stack, for example: npm run down -s dev -- [--yes]\n"],
  ])("%s asks for one", async (script, stderr) => {
    expect(await runCommand(script, [], tempFolder())).toEqual({ code: exitStatus.usage, stdout: "", stderr });
  });
});
