import { describe, expect, it } from "vitest";
import type { RawConfig } from "../../../../config/problems.ts";
import { resolveConfig } from "../../../../config/resolve.ts";
import { judgeTrial, trialOutlook } from "../../../../offline/host/trial-outlook.ts";
import { fakePrograms } from "../../support/fake-program.ts";
import { parsed } from "../../support/raw-config.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const GiB = 1024 ** 3;

describe("a trial beside the version that serves", () => {
  const config = resolveConfig(parsed({}));

  it("goes ahead where there is room for all that the new server needs", () => {
    expect(judgeTrial(config, { memory: 9 * GiB, gpus: undefined })).toEqual({});
  });

  it("has an obstacle where the model would fit and the rest not", () => {
    expect(judgeTrial(config, { memory: 8 * GiB, gpus: undefined })).toEqual({
      obstacle: "two servers do not fit on this host: another one needs 8.53 GiB of memory, and 8 GiB are free",
    });
  });

  it("has an obstacle where the server would fit, and not its gateway", () => {
    const gateway = { enabled: true, clients: ["backend"] };
    const embedded = { delivery: "embedded", baseImage: `sha256:${"a".repeat(64)}` };
    const judge = (change: RawConfig) =>
      judgeTrial(resolveConfig(parsed(change)), { memory: 9 * GiB, gpus: undefined });
    expect(judge({ ...embedded, gateway: { ...gateway, usher: { memory: "128m" } } })).toEqual({});
    expect(judge({ ...embedded, gateway })).toEqual({
      obstacle:
        "two servers do not fit on this host: another one, with its part of the gateway, needs 9.28 GiB of memory, and 9 GiB are free",
    });
  });

  it("goes ahead with a word where that is not known", () => {
    expect(judgeTrial(config, { memory: undefined, gpus: undefined })).toEqual({
      doubt: "Whether this host has room for the trial is not known: /proc/meminfo does not tell the free memory",
    });
  });

  const inFolderWith = (keys: string) => {
    process.chdir(tempFolder({ "Pulumi.yaml": "name: gemma\n", "Pulumi.prod.yaml": `config:\n${keys}` }));
  };

  it("is not for a stack whose server goes first", async () => {
    inFolderWith("  gemma:replacement: recreate\n");
    expect(await trialOutlook("prod")).toEqual({ obstacle: "the stack's replacement is recreate" });
  });

  it("is left to find out what is wrong with a configuration", async () => {
    inFolderWith("  gemma:cpus: many\n");
    expect(await trialOutlook("prod")).toEqual({});
  });

  it("asks the GPUs that the stack reserves", async () => {
    inFolderWith('  gemma:gpus: "1"\n  gemma:memory: 16GiB\n');
    fakePrograms({ "nvidia-smi": "echo 0, GPU-a, 0" });
    expect((await trialOutlook("prod")).obstacle).toContain(
      "another one needs 4.4 GiB of GPU memory, and 0 bytes are free on the reserved GPUs",
    );
  });
});
