import { setTimeout as sleep } from "node:timers/promises";
import { hardeningArgs } from "../../components/hardening.ts";
import { giveScript } from "../../engine/volume-rights.ts";
import { replaceFiles, type VolumeFiles } from "../../engine/volume-files.ts";
import { runInVolume } from "../../engine/volume.ts";
import { filesFolder, monitoringUser } from "../../monitoring/layout.ts";
import { prometheusImage } from "./monitored-stack.ts";
import { docker, run, type Result } from "./shell.ts";
import { uniqueName } from "./unique-name.ts";

/** A volume with the files of a part of the monitoring, as `up` fills it. */
export interface PartFiles extends AsyncDisposable {
  readonly volume: string;
  /** Runs a program of an image on them to its end, as the part's user. */
  readonly check: (image: string, ...command: readonly [string, ...string[]]) => Promise<Result>;
  /** Starts one on the host's network, and waits until it answers a request with 200. */
  readonly start: (
    image: string,
    ready: string | Request,
    ...command: readonly [string, ...string[]]
  ) => Promise<string>;
}

/**
 * Fills a volume with files as a step of `up` does.
 * @param at - folder of the files in the part
 * @param mounts - further mounts, as for `docker run`
 */
export async function partFiles(
  files: VolumeFiles,
  at: string = filesFolder,
  mounts: readonly string[] = [],
): Promise<PartFiles> {
  const volume = uniqueName("gemma-test-part");
  const place = { volume, image: prometheusImage };
  const { tmpfs } = hardeningArgs({ userId: monitoringUser, scratch: { "/tmp": 16 } });
  const started: string[] = [];
  await docker("volume", "create", volume);
  await runInVolume(place, giveScript(monitoringUser), { user: 0, capabilities: ["CHOWN", "DAC_READ_SEARCH"] });
  await replaceFiles(place, monitoringUser, files);
  const confined = ["--read-only", "--cap-drop", "ALL", "--tmpfs", `/tmp:${tmpfs["/tmp"]}`];
  const mount = ["--mount", `type=volume,source=${volume},target=${at},readonly`, ...mounts];
  const options = ["--user", `${monitoringUser}:${monitoringUser}`, "--network", "host", ...confined, ...mount];
  return {
    volume,
    check: (image, program, ...rest) =>
      run("docker", ["run", "--rm", ...options, "--entrypoint", program, image, ...rest]),
    async start(image, ready, program, ...rest) {
      const container = await docker("run", "--detach", ...options, "--entrypoint", program, image, ...rest);
      started.push(container);
      while (!(await fetch(ready).catch(() => undefined))?.ok) {
        const running = await docker("inspect", "--format", "{{.State.Running}}", container);
        if (running !== "true") throw new Error((await run("docker", ["logs", container])).output);
        await sleep(100);
      }
      return container;
    },
    async [Symbol.asyncDispose]() {
      if (started.length > 0) await docker("rm", "--force", ...started);
      await docker("volume", "rm", volume);
    },
  };
}
