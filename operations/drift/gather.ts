import { DataFolder } from "../../offline/host/data-folder.ts";
import type { Deployment } from "../../runner/local-state.ts";
import type { StackRunArgs } from "../../runner/stack-run.ts";
import { reasonOf } from "../../support/failure.ts";
import { counted } from "../../support/counted.ts";
import { changedBlobs } from "./blobs.ts";
import { changedConfiguration } from "./configuration.ts";
import type { Difference } from "./compare.ts";
import { containers } from "./container.ts";
import { compareWithEngine, deployedOf, type Deployed } from "./engine.ts";
import { movedNames, recordedImages, type Found, type InspectedImage } from "./images.ts";
import { inspected } from "./inspect.ts";
import type { Look } from "./look.ts";
import { networks, networkTraits } from "./network.ts";
import { compareWithPackage } from "./package.ts";
import { withPidsLimits } from "./pids.ts";
import { runningTraits } from "./running.ts";
import { volumes, volumeTraits } from "./volume.ts";
import { verdictOf, type Verdict } from "./verdict.ts";

/** What is compared. */
export interface DriftQuestion {
  readonly args: StackRunArgs;
  readonly deployment: Deployment;
  /** Data folder of a closed host. */
  readonly data: string | undefined;
  /** List of allowed signers of a closed host; undefined for the one that `deploy.sh` takes. */
  readonly signers: string | undefined;
  /** Whether the models' files are left out. */
  readonly quick: boolean;
}

/** Compares what runs with what was deployed, and changes nothing. */
export async function driftOf({ args, deployment, data, signers, quick }: DriftQuestion): Promise<Verdict> {
  const made = withPidsLimits(deployedOf(containers, deployment), deployment);
  const pending = (deployment.pending_operations ?? []).length > 0;
  const looks: Look[] = [
    { untold: pending ? ["an update is at work, or was interrupted"] : [] },
    { untold: made.length === 0 ? ["containers: the state has none"] : [] },
    await told("containers", () => compareWithEngine(containers, made, runningTraits)),
    await told("networks", () => compareWithEngine(networks, deployedOf(networks, deployment), networkTraits)),
    await told("volumes", () => compareWithEngine(volumes, deployedOf(volumes, deployment), volumeTraits)),
    await told("names of images", () => compareNames(deployment)),
    quick ? { leftOut: ["files of the models"] } : await modelsLook(made),
    orUntold("configuration", await changedConfiguration(args)),
    ...(data === undefined ? [] : await packageLooks({ data: new DataFolder(data), containers: made, signers })),
  ];
  return verdictOf(looks);
}

/** Whatever the engine does not tell is no difference. */
async function told(what: string, look: () => Promise<Look>): Promise<Look> {
  return look().catch((error: unknown) => ({ untold: [`${what}: ${reasonOf(error)}`] }));
}

async function packageLooks(question: Parameters<typeof compareWithPackage>[0]): Promise<readonly Look[]> {
  return compareWithPackage(question).catch((error: unknown) => [{ untold: [`package: ${reasonOf(error)}`] }]);
}

async function compareNames(deployment: Deployment): Promise<Look> {
  const recorded = recordedImages(deployment);
  const found = new Map<string, Found>();
  for (const { name } of recorded) found.set(name, await inspected<InspectedImage>("image", name));
  return {
    differences: movedNames(recorded, found),
    compared: recorded.length === 0 ? [] : [`${counted(recorded.length, "name")} of images`],
  };
}

async function modelsLook(made: readonly Deployed[]): Promise<Look> {
  const server = made.find(({ resource }) => resource === "ollama-container");
  return server === undefined ? {} : orUntold("files of the models", await changedBlobs(server.id));
}

function orUntold(what: string, differences: readonly Difference[] | undefined): Look {
  return differences === undefined ? { untold: [what] } : { differences, compared: [what] };
}
