import { gpuFlag } from "../components/gpu.ts";
import { gpusText } from "../config/gpu-reservation.ts";
import { Failure, reasonOf } from "../support/failure.ts";
import { docker } from "../engine/docker.ts";
import { gatherGpuFacts } from "../offline/preflight/facts.ts";
import { gpuAdvice } from "../offline/preflight/gpu-advice.ts";
import { main, readInput } from "../support/main.ts";
import { withoutProxies } from "../support/proxy.ts";
import { withHeartbeat } from "../support/progress.ts";
import type { GpuCheckInput } from "../components/gpu-check.ts";

const limits = ["--rm", "--pull", "never", "--network", "none"];

await main(async () => {
  const { image, gpus } = await readInput<GpuCheckInput>();
  const flag = gpuFlag(gpus);
  if (flag === undefined) return;
  const options = [...limits, ...withoutProxies, "--gpus", flag, "--entrypoint", "ollama"];
  const probe = ["run", ...options, image, "--version"];
  try {
    await withHeartbeat("Starting a container with the GPUs", docker(...probe));
  } catch (error) {
    const reason = reasonOf(error).replace(/\s*Run 'docker run --help'.*$/s, "");
    throw new Failure(
      [
        `Docker cannot give a container the GPUs of the key gpus (${gpusText(gpus)}):`,
        ...gpuAdvice(await gatherGpuFacts(), gpus, reason).map((line) => `- ${line}`),
        `Docker said: ${reason}`,
      ].join("\n"),
    );
  }
  process.stdout.write(`Docker gives containers the GPUs ${gpusText(gpus)}\n`);
});
