import * as pulumi from "@pulumi/pulumi";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { projectFolder } from "../../../support/project-folder.ts";
import { loadConfig } from "../../../config/load.ts";
import type { RawConfig } from "../../../config/problems.ts";
import { validConfig } from "../support/raw-config.ts";
import { tempFolder } from "../support/temp-folder.ts";

function setConfig(change: RawConfig): void {
  const values = Object.entries({ ...validConfig, ...change }).map(([key, value]) => [
    `gemma:${key}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  pulumi.runtime.setAllConfig(Object.fromEntries(values) as Record<string, string>);
}

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("loadConfig", () => {
  beforeEach(async () => {
    const mocks = { newResource: () => ({ id: "id", state: {} }), call: () => ({}) };
    await pulumi.runtime.setMocks(mocks, "gemma", "x");
    process.chdir(tempFolder({ "Pulumi.x.yaml": "config:\n  gemma:port: http\n  gemma:registry: x\n" }));
    onTestFinished(() => {
      process.chdir(projectFolder);
      vi.unstubAllEnvs();
    });
  });

  it("gives the stack's configuration with everything worked out", async () => {
    setConfig({ port: "0", cpus: "4" });
    expect(await loadConfig()).toMatchObject({ port: 0, replacement: "start-first", ollama: { threads: 4 } });
  });

  it("ends the program with one message, which Pulumi prints without a stack trace", async () => {
    setConfig({ port: "http" });
    const error = await errorOf(loadConfig());
    expect(pulumi.RunError.isInstance(error)).toBe(true);
    expect((error as Error).message).toBe(
      "The configuration has a problem; nothing was changed.\n" +
        "  Pulumi.x.yaml:2: gemma:port: got http; write a whole number, 0 to 65535",
    );
  });

  it("refuses an encrypted value, which Pulumi hands over decrypted, without showing it", async () => {
    vi.stubEnv("PULUMI_CONFIG_SECRET_KEYS", '["gemma:registry"]');
    setConfig({ registry: "https://user:pw@registry.example" });
    expect(((await errorOf(loadConfig())) as Error).message).toBe(
      "The configuration has a problem; nothing was changed.\n" +
        "  Pulumi.x.yaml:3: gemma:registry: got [secret]; an encrypted value would end up readable in `docker inspect` " +
        "and in the state: no key takes one, write it unencrypted or leave it out",
    );
  });
});
