import { applet, docker } from "../engine/docker.ts";
import { main, readInput } from "../support/main.ts";
import { withoutProxies } from "../support/proxy.ts";
import { withHeartbeat } from "../support/progress.ts";
import type { OwnVolumeInput } from "../components/volume-owner.ts";

const script = applet('chown -R "$0" /volume');

const limits = ["--network", "none", "--read-only", "--security-opt", "no-new-privileges", "--cap-drop", "ALL"];

await main(async () => {
  const { volume, image, userId } = await readInput<OwnVolumeInput>();
  // A folder that the image has would hand its owner on to an empty volume.
  const mount = ["--mount", `type=volume,source=${volume},target=/volume,volume-nocopy`];
  const root = ["--user", "0:0", "--cap-add", "CHOWN", "--cap-add", "DAC_READ_SEARCH", "--entrypoint", "sh"];
  const options = ["--rm", "--pull", "never", ...withoutProxies, ...limits, ...root, ...mount];
  await withHeartbeat(
    `Giving the volume ${volume} to the user ${userId}`,
    docker("run", ...options, image, "-c", script, `${userId}:${userId}`),
  );
  process.stdout.write(`Everything in ${volume} is the user ${userId}'s\n`);
});
