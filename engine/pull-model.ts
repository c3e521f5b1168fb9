import type { OllamaClient } from "../ollama/client.ts";
import { modelName, originalName } from "../config/model-name.ts";
import { totalSize, type Manifest } from "../ollama/manifest.ts";
import { libraryHost } from "../ollama/name.ts";
import { nameOf } from "../ollama/original-name.ts";
import { Registry } from "../ollama/registry.ts";
import { startRelay } from "../ollama/relay.ts";
import { Failure, reasonOf } from "../support/failure.ts";
import { Progress, say, Waiting } from "../support/progress.ts";
import { formatBytes } from "../support/units.ts";
import { ContainerStore, DamagedBlob, gatewayOf } from "./container-store.ts";

/** Where models are pulled from and to. */
export interface PullPlace {
  /** Container the server runs in. */
  readonly container: string;
  /** Volume the models go to, for messages. */
  readonly volume: string;
  readonly registry: string;
}

/** A model as it is to be in the volume. */
export interface WantedModel {
  readonly model: string;
  /** Expected manifest digest; null takes what the registry has. */
  readonly digest: string | null;
}

/** What has to be done for a model to be in the volume. */
export interface PullPlan {
  readonly wanted: WantedModel;
  /** Name under which the server has it unchanged; undefined when it has to be pulled. */
  readonly held: string | undefined;
  /** The manifest in the registry, when it has to be pulled. */
  readonly manifest: Manifest | undefined;
}

/** Finds out whether the server has a model, and asks the registry for one that it has not. */
export async function planPull(client: OllamaClient, place: PullPlace, wanted: WantedModel): Promise<PullPlan> {
  const digest = wanted.digest ?? undefined;
  const held = await nameOf(client, wanted.model, digest);
  const manifest = held === undefined ? await new Registry(place.registry).manifest(wanted.model, digest) : undefined;
  return { wanted, held, manifest };
}

/**
 * Has the server pull a model where it has not got it, and verifies every blob.
 * @param progress - how far all models are, for the line that begins it
 * @returns digest of the manifest that is in the volume
 * @throws Failure that says why, with the model's name
 */
export async function pullModel(
  client: OllamaClient,
  place: PullPlace,
  { wanted, held, manifest: found }: PullPlan,
  progress: string,
): Promise<string> {
  const { model, digest } = wanted;
  const store = new ContainerStore(place.container);
  if (found !== undefined) await download(client, place, model, found, progress);
  else say(`${model} is in the volume ${place.volume}; nothing to download`);
  await removeRelayNames(client, model);
  const manifest = await store.manifest(held ?? model);
  if (digest !== null && manifest.digest !== digest) {
    throw new Failure(`The server stored ${model} with digest ${manifest.digest}, and ${digest} was expected`);
  }
  // A mark may be older than what was downloaded just now.
  if (held === undefined || !(await store.isVerified(manifest.digest)))
    await verify(client, store, { ...place, model }, manifest);
  return manifest.digest;
}

/** Has the server pull the model, under the name a client uses without a host. */
async function download(
  client: OllamaClient,
  { registry, container, volume }: PullPlace,
  model: string,
  manifest: Manifest,
  progress: string,
): Promise<void> {
  const size = totalSize(manifest);
  say(`Pulling ${model} from ${registry}: ${formatBytes(size)} into the volume ${volume}${progress}`);
  const direct = new URL(registry).host === libraryHost;
  using relay = direct ? undefined : await startRelay(registry, model, await gatewayOf(container));
  const { namespace, model: name, tag } = modelName(model);
  const source = relay ? `http://${relay.host}/${namespace}/${name}:${tag}` : model;
  try {
    await followPull(client, source, model, size);
  } catch (error) {
    throw explained(error, { registry, model, volume, size, relay: relay?.host });
  }
  if (relay !== undefined) await client.copy(source, model);
}

/** Removes the names under which the model came through a relay, also those that a killed run left behind. */
async function removeRelayNames(client: OllamaClient, model: string): Promise<void> {
  const { namespace, model: name, tag } = modelName(model);
  for (const listed of await client.tags()) {
    if (/^[\d.]+:\d+\//.test(listed.name) && listed.name.endsWith(`/${namespace}/${name}:${tag}`))
      await client.delete(listed.name);
  }
}

/** Pulls and adds up the progress of all blobs; those that were there before say nothing about the rate. */
async function followPull(client: OllamaClient, source: string, model: string, size: number): Promise<void> {
  using progress = new Progress(`Pulling ${model}`, size);
  using waiting = new Waiting(`Pulling ${model}`);
  const done = new Map<string, number>();
  for await (const { status, digest, completed = 0 } of client.pull(source)) {
    waiting.for(digest === undefined ? `${model}: ${status}` : undefined);
    if (digest === undefined) continue;
    if (!done.has(digest)) progress.skip(completed);
    done.set(digest, completed);
    progress.set([...done.values()].reduce((sum, bytes) => sum + bytes, 0));
  }
}

interface About {
  readonly registry: string;
  readonly model: string;
  readonly volume: string;
  readonly size: number;
  /** Host and port of the relay, when there is one. */
  readonly relay: string | undefined;
}

function explained(error: unknown, { registry, model, volume, size, relay }: About): Failure {
  const reason = reasonOf(error);
  const carryOn = "what was downloaded is kept, and the next `pulumi up` carries on from there";
  if (reason.includes("no space left on device")) {
    return new Failure(
      `The disk of the volume ${volume} is full: ${model} needs ${formatBytes(size)} (${reason}). Free space; ${carryOn}.`,
    );
  }
  if (relay !== undefined && reason.includes(`dial tcp ${relay}`)) {
    return new Failure(
      `The container cannot reach this machine at ${relay}, through which it reads ${registry}: ${reason}. ` +
        `Let the firewall accept connections from Docker's networks; ${carryOn}.`,
    );
  }
  return new Failure(`Pulling ${model} from ${registry} stopped: ${reason}. Run \`pulumi up\` again; ${carryOn}.`);
}

/** Hashes the blobs; a damaged model is taken out of the store, so that the next run downloads it again. */
async function verify(
  client: OllamaClient,
  store: ContainerStore,
  input: Pick<PullPlace, "volume"> & Pick<WantedModel, "model">,
  manifest: Manifest,
): Promise<void> {
  try {
    await store.verify(input.model, manifest);
  } catch (error) {
    // Docker failing to read says nothing about the model.
    if (!(error instanceof DamagedBlob)) throw error;
    for (const name of [input.model, originalName(input.model)]) {
      if ((await client.digestOf(name)) !== undefined) await client.delete(name);
    }
    throw new Failure(
      `${error.message}. It was removed from the volume ${input.volume}; the next \`pulumi up\` downloads it again.`,
    );
  }
  await store.markVerified(manifest.digest).catch((error: unknown) => {
    if (!reasonOf(error).includes("no space left on device")) throw error;
    say(
      `WARNING: The disk of the volume ${input.volume} is full; the blobs of ${input.model} are hashed again at the next \`pulumi up\``,
    );
  });
}
