import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { projectFolder } from "../../../support/project-folder.ts";
import { deadUrl, fakeServer } from "../support/fake-server.ts";

const program = `
  import { OllamaClient } from ${JSON.stringify(join(projectFolder, "ollama/client.ts"))};
  process.stdout.write(await new OllamaClient(process.env.SERVER).version());
`;

describe("OllamaClient", () => {
  it("reaches the server past a proxy", { timeout: 60_000 }, async () => {
    const server = await fakeServer(() => ({ body: { version: "0.32.1" } }));
    const env = { HTTP_PROXY: await deadUrl(), SERVER: server.url };
    const args = ["--use-env-proxy", "--input-type=module", "--eval", program];
    expect(await promisify(execFile)(process.execPath, args, { env })).toEqual({ stdout: "0.32.1", stderr: "" });
  });
});
