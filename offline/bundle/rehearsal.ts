import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { pulumiCommand, pulumiEnvironment } from "../../runner/pulumi-cli.ts";
import { projectFolder } from "../../support/project-folder.ts";
import { say } from "../../support/progress.ts";
import { layersOf } from "../../engine/layers.ts";
import { stagedFolder } from "../../ollama/staged-folder.ts";
import { stackKeys } from "../../config/stack-files.ts";
import { Failure } from "../../support/failure.ts";
import { loadPackagedImage } from "../host/load-package-image.ts";
import type { PackagedImage } from "../package/manifest.ts";
import type { PackageFiles } from "../package/read-content.ts";
import { tryStack, type StackKeys } from "../trial.ts";
import type { BundleOptions } from "./bundle-options.ts";

/** The stack's configuration on a machine without a GPU, whose speed says nothing about the host's. */
function withoutGpu(keys: StackKeys): StackKeys {
  return {
    ...keys,
    "gemma:gpus": "none",
    "gemma:readiness": {
      ...(keys["gemma:readiness"] as object | undefined),
      requireGpu: false,
      minTokensPerSecond: 0,
    },
  };
}

/** The stack's configuration with no more CPUs than this machine has, which Docker would refuse. */
export function withCpusOfHere(keys: StackKeys, here: number): StackKeys {
  const lowered = (limits: StackKeys, key: string) =>
    Number(limits[key] ?? 0) > here ? { ...limits, [key]: here } : limits;
  const gateway = keys["gemma:gateway"] as StackKeys | undefined;
  const usher = gateway?.["usher"] as StackKeys | undefined;
  return {
    ...lowered(keys, "gemma:cpus"),
    ...(gateway && {
      "gemma:gateway": { ...lowered(gateway, "cpus"), ...(usher && { usher: lowered(usher, "cpus") }) },
    }),
  };
}

/**
 * Brings the stack up on this machine from the very image that was packed, without a way out, and down again.
 * @throws Failure when it does not pass its gate; the package is not finished then
 */
export async function rehearse(
  { stack, rehearsal }: BundleOptions,
  source: PackageFiles,
  images: readonly PackagedImage[],
): Promise<void> {
  if (rehearsal === "skipped") {
    say("The rehearsal is skipped: nothing shows that this package works; the manifest says so");
    return;
  }
  say(`Rehearsing ${stack} on a network with no way out`);
  // From a delta the image cannot be put together, but from what it was made of: the stack builds it.
  for (const image of images)
    if (image.layers.every(({ files }) => files.length > 0)) await loadPackagedImage(source, image, []);
  const keys = withCpusOfHere(stackKeys(stack), availableParallelism());
  await tryStack({
    pulumi: pulumiCommand(),
    program: projectFolder,
    keys: rehearsal === "passed" ? keys : withoutGpu(keys),
    folder: join(dirname(stagedFolder), "rehearsal"),
    environment: pulumiEnvironment(),
  });
  for (const image of images) await requireSameImage(image);
}

async function requireSameImage({ name, layers }: PackagedImage): Promise<void> {
  if ((await layersOf(name))?.join() === layers.map(({ digest }) => digest).join()) return;
  throw new Failure(
    `The image ${name} in the engine is not the one that was packed: ` +
      "remove it with `docker rmi`, and run the command again",
  );
}
