import { mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { checkConfig } from "../config/check.ts";
import { modelsText } from "../config/model-name.ts";
import { image } from "../config/primitives.ts";
import type { ResolvedConfig } from "../config/resolve.ts";
import { pinAdvice, pinned } from "../config/rule.ts";
import { secondServer } from "../config/second-server.ts";
import { readStackFiles, stackKeys } from "../config/stack-files.ts";
import { imageContents, imageName } from "../docker/identity.ts";
import { askImage } from "../engine/ask-image.ts";
import { tryDocker } from "../engine/docker.ts";
import { ensureImage } from "../engine/ensure-image.ts";
import { removeUnused } from "../engine/image-owners.ts";
import { gatherRoom } from "../engine/room.ts";
import { labelFilters, type StackLabels } from "../engine/stack-labels.ts";
import { endOfLog } from "../engine/started-server.ts";
import type { Readiness } from "../ollama/gate.ts";
import { stagedFolder } from "../ollama/staged-folder.ts";
import { existingStack } from "../runner/checkout-stack.ts";
import type { Comparison } from "../runner/compare-servers.ts";
import type { StackOutputs } from "../runner/outputs.ts";
import { pulumiCommand, pulumiEnvironment } from "../runner/pulumi-cli.ts";
import { measureServer, type ServerFigures } from "../runner/server-figures.ts";
import { StackRun } from "../runner/stack-run.ts";
import { writeDurably } from "../support/durable.ts";
import { exitStatus } from "../support/exit-status.ts";
import { Failure, reasonOf, statusOf } from "../support/failure.ts";
import { onlyOne } from "../support/only-one.ts";
import { say } from "../support/progress.ts";
import { projectFolder } from "../support/project-folder.ts";
import { clearTrial, tryStack, type StackKeys } from "./trial.ts";

const folder = join(dirname(stagedFolder), "try");
/** Names the image that a trial has built, for a run after one that was killed. */
const builtFile = join(dirname(stagedFolder), "try-image");
const trial = { pulumi: pulumiCommand(), program: projectFolder, folder, environment: pulumiEnvironment() };

/**
 * Tries a stack with another base image beside the running one, and compares the two; nothing of the trial stays.
 * @throws Failure that says why the image does not serve
 */
export async function tryImage(
  stack: string,
  baseImage: string,
): Promise<{ readonly comparison: Comparison; readonly delivery: ResolvedConfig["delivery"] }> {
  const config = await configOf(stack);
  requireForm(baseImage, config);
  requireChat(config);
  using _lock = await onlyOne(folder, "Another `npm run try` of this checkout is at work: wait until it has ended");
  await clear();
  const outputs = await runningStack(stack);
  await requireRoom(config);
  await requireModel(stack, config);
  const absent = (await tryDocker("image", "inspect", baseImage)) === undefined;
  try {
    await requireOllama(baseImage, await ensureImage(baseImage));
    const before =
      outputs === undefined
        ? await onTheSide(stack, config, config.baseImage)
        : await measureServer({
            ...outputs.readiness,
            model: chatModel(outputs.readiness),
            image: await imageOf(outputs),
            timeout: config.readiness.timeout,
          });
    const tried = await onTheSide(stack, config, baseImage).catch((error: unknown) => {
      throw outputs === undefined ? error : stillServing(stack, error);
    });
    const first = outputs === undefined ? "configured" : "running";
    return { comparison: { first, before, tried }, delivery: config.delivery };
  } catch (error) {
    // What passed is needed by `up`; what did not was pulled for this alone.
    if (absent) await tryDocker("rmi", baseImage);
    throw error;
  }
}

/** What to do once an image has passed. */
export function nextStep(stack: string, baseImage: string, delivery: ResolvedConfig["delivery"]): string {
  const then =
    delivery === "embedded"
      ? `, and then run \`npm run up:${stack}\`, or for closed hosts \`npm run bundle -s ${stack} -- --out DIR\``
      : `, and then run \`npm run up:${stack}\``;
  return `${baseImage} passes the gate and answers; nothing was changed. To move to it, write \`gemma:baseImage: ${baseImage}\` into Pulumi.${stack}.yaml${then}`;
}

async function configOf(stack: string): Promise<ResolvedConfig> {
  const { config, message } = await checkConfig(readStackFiles(stack), stack);
  if (config === undefined) throw new Failure(message, exitStatus.refused);
  return config;
}

function requireForm(baseImage: string, { delivery }: ResolvedConfig): void {
  const { error } = image.safeParse(baseImage);
  const problem =
    error?.issues[0]?.message ??
    (delivery === "embedded" && !pinned(baseImage)
      ? `delivery embedded needs a base image that cannot move: ${pinAdvice}`
      : undefined);
  if (problem !== undefined) throw new Failure(`--base-image: got ${baseImage}; ${problem}`, exitStatus.usage);
}

/** Answers are what two servers are compared by. */
function requireChat({ models }: ResolvedConfig): void {
  if (models.some((model) => model.for.includes("chat"))) return;
  throw new Failure(
    `None of ${modelsText(models)} is for chat, and two images are compared by answers: change gemma:baseImage and bring the stack up instead`,
    exitStatus.refused,
  );
}

/** The first model that answers. */
function chatModel({ models }: Readiness): string {
  return models.find((model) => model.for.includes("chat"))?.model ?? "";
}

/** Takes away what a run that was killed has left. */
async function clear(): Promise<void> {
  await clearTrial(trial);
  const built = await readFile(builtFile, "utf8").catch(() => undefined);
  if (built !== undefined) await removeUnused(built);
  await rm(builtFile, { force: true });
}

/** The stack when its server runs; otherwise says that it does not. */
async function runningStack(stack: string): Promise<StackOutputs | undefined> {
  const outputs = await StackRun.look(existingStack(stack))
    .then((run) => run.outputs())
    .catch((error: unknown) => {
      if (statusOf(error) === exitStatus.absent) return undefined;
      throw error;
    });
  const container = (outputs as Partial<StackOutputs> | undefined)?.readiness?.container;
  const running = container && (await tryDocker("inspect", "--format", "{{.State.Running}}", container));
  if (running === "true") return outputs;
  say(`The stack ${stack} is not up: the image that it is configured with is tried on the side first`);
  return undefined;
}

async function requireRoom(config: ResolvedConfig): Promise<void> {
  const { fits, why } = secondServer(config, await gatherRoom(config.gpus));
  if (fits === "no")
    throw new Failure(
      `This host has no room for the trial: ${why}; nothing was changed. Stop what else uses memory, or try it on another host`,
      exitStatus.refused,
    );
  if (fits === "unknown") say(`Whether this host has room for the trial is not known: ${why}`);
}

/** Mounting a volume that is not there would make it. */
async function requireModel(stack: string, { delivery, volume }: ResolvedConfig): Promise<void> {
  if (delivery === "embedded" || (await tryDocker("volume", "inspect", volume.name)) !== undefined) return;
  throw new Failure(
    `The volume ${volume.name}, from which a trial reads the model, is not there: run \`npm run up:${stack}\` first, which pulls it`,
    exitStatus.refused,
  );
}

/** A look at an image before the trial, which would wait for its server in vain. */
async function requireOllama(baseImage: string, name: string): Promise<void> {
  const said = await askImage(name, ["--version"]).catch((error: unknown) => reasonOf(error));
  if (/(?:client|ollama) version is \d/.test(said)) return;
  throw new Failure(
    `${baseImage} is not an image of Ollama: asked for its version, it said ${JSON.stringify(said.slice(0, 200))}; nothing was changed. ` +
      "Name one, for example ollama/ollama:0.33.3",
    exitStatus.refused,
  );
}

/** The image of a running stack's server: of one with the model inside, the base. */
async function imageOf({ imageIdentity, readiness }: StackOutputs): Promise<string> {
  const label = '{{index .Config.Labels "org.opencontainers.image.base.name"}}';
  const base = await tryDocker("inspect", "--format", label, readiness.container);
  return imageIdentity?.startsWith("localhost/gemma/") && base ? base : (imageIdentity ?? "unknown");
}

/** Brings the stack up on the side with an image, looks at it, and takes it down with all that it took. */
async function onTheSide(stack: string, config: ResolvedConfig, baseImage: string): Promise<ServerFigures> {
  say(`Trying ${baseImage} on a network with no way out`);
  await noteBuilt(config, baseImage);
  let log = "";
  const onFailure = async (labels: StackLabels) => {
    log = await lastLogs(labels);
  };
  try {
    return await tryStack({ ...trial, keys: triedKeys(stack, config, baseImage), onFailure }, (up) =>
      measureServer({
        ...up.outputs.readiness,
        model: chatModel(up.outputs.readiness),
        image: baseImage,
        gatePassed: up.gatePassed,
        timeout: config.readiness.timeout,
      }),
    );
  } catch (error) {
    throw log === ""
      ? error
      : new Failure(
          `${baseImage} does not serve ${modelsText(config.models)}: ${reasonOf(error)}\n${log}`,
          statusOf(error),
        );
  } finally {
    await clear();
  }
}

/** The server alone, whose gateway has an image of its own; one that ends is not started again and again. */
function triedKeys(stack: string, { volume }: ResolvedConfig, baseImage: string): StackKeys {
  return {
    ...stackKeys(stack),
    "gemma:gateway": undefined,
    "gemma:monitoring": undefined,
    "gemma:watcher": undefined,
    "gemma:restart": "no",
    "gemma:baseImage": baseImage,
    "gemma:volume": { name: volume.name, readOnly: true },
  };
}

/** Writes down which image the trial is about to build, where there is none yet. */
async function noteBuilt({ delivery, models }: ResolvedConfig, baseImage: string) {
  if (delivery !== "embedded") return;
  const built = imageName(imageContents({ baseImage, models }));
  if ((await tryDocker("image", "inspect", built)) === undefined) {
    await mkdir(dirname(builtFile), { recursive: true });
    await writeDurably(builtFile, built);
  }
}

async function lastLogs(labels: StackLabels): Promise<string> {
  const containers = (await tryDocker("ps", "--all", "--quiet", ...labelFilters(labels))) ?? "";
  const [container = ""] = containers.split("\n");
  return container === "" ? "" : endOfLog(container);
}

/** Ctrl-C keeps its own status. */
function stillServing(stack: string, error: unknown): unknown {
  if (!(error instanceof Failure) || error.status !== exitStatus.failed) return error;
  return new Failure(
    `${error.message}\nNothing of the trial is left, and the stack ${stack} serves on`,
    exitStatus.oldServes,
  );
}
