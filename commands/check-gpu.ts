import { gpuFlag } from "../components/gpu.ts";
import { Failure, reasonOf } from "../support/failure.ts";
import { docker } from "../engine/docker.ts";
import { main, readInput } from "../support/main.ts";
import { withoutProxies } from "../support/proxy.ts";
import { withHeartbeat } from "../support/progress.ts";
import type { GpuCheckInput } from "../components/gpu-check.ts";

/** What Docker says about a GPU it cannot give, and what to do about it. */
const remedies: readonly (readonly [RegExp, string])[] = [
  [
    /could not select device driver/,
    "this host lacks the NVIDIA container runtime: install the package nvidia-container-toolkit (and the NVIDIA driver), " +
      "run `nvidia-ctk runtime configure --runtime=docker`, and restart Docker",
  ],
  [/unknown device|device error/, "the host has fewer GPUs, or others: compare with `nvidia-smi -L`, and correct gpus"],
  [/nvml error|driver/i, "the NVIDIA driver does not work: run `nvidia-smi`, and install or reload the driver"],
];

await main(async () => {
  const { image, gpus } = await readInput<GpuCheckInput>();
  const flag = gpuFlag(gpus);
  if (flag === undefined) return;
  const options = ["--rm", "--network", "none", ...withoutProxies, "--gpus", flag, "--entrypoint", "ollama"];
  const probe = ["run", ...options, image, "--version"];
  try {
    await withHeartbeat("Starting a container with the GPUs", docker(...probe));
  } catch (error) {
    const reason = reasonOf(error);
    const remedy = remedies.find(([pattern]) => pattern.test(reason))?.[1] ?? "correct gpus, or write none";
    throw new Failure(
      `Docker cannot give a container the GPUs of the key gpus (${flag}): ${remedy}. Docker said: ${reason}`,
    );
  }
  process.stdout.write(`Docker gives containers the GPUs ${flag}\n`);
});
