import * as pulumi from "@pulumi/pulumi";
import { embedsAlone, type Purpose } from "../config/purposes.ts";
import type { ResolvedModel } from "../config/resolve.ts";
import type { ModelReadiness } from "../ollama/gate.ts";
import type { KeptModel } from "../usher/settings.ts";
import type { WatchedModel } from "../watcher/settings.ts";

/** A model as a stack's outputs have it. */
export interface ServedModel {
  readonly name: string;
  /** Digest of its manifest; undefined while it is not pulled yet. */
  readonly digest: string | undefined;
  readonly for: readonly Purpose[];
}

/** What the gate asks of the models of a stack. */
export function readinessOf(models: readonly ResolvedModel[]): readonly ModelReadiness[] {
  return models.map(({ name, digest, readiness, ...model }) => ({
    model: name,
    digest: digest ?? null,
    for: model.for,
    preload: model.preload,
    keepAlive: model.keepAlive ?? null,
    contextLength: model.contextLength ?? null,
    vectorLength: model.vectorLength ?? null,
    korean: model.korean,
    ...readiness,
  }));
}

/** The models that are kept in another way than the server keeps models by default. */
export function keptModels(models: readonly ResolvedModel[]): readonly KeptModel[] {
  return models.flatMap(({ name, keepAlive, preload, for: purposes }) =>
    keepAlive === undefined ? [] : [{ model: name, keepAlive, preload, embeds: embedsAlone(purposes) }],
  );
}

/** The models as the watcher looks after them. */
export function watchedModels(models: readonly ResolvedModel[]): readonly WatchedModel[] {
  return models.map(({ name, preload, for: purposes }) => ({ name, preload, embeds: embedsAlone(purposes) }));
}

/**
 * What a stack serves, for its outputs.
 * @param pulled - digests of what was pulled, in the order of the models
 */
export function servedModels(
  models: readonly ResolvedModel[],
  pulled: pulumi.Output<readonly string[]> | undefined,
): pulumi.Output<readonly ServedModel[]> {
  return pulumi.output(pulled ?? []).apply((digests) =>
    models.map(({ name, digest, for: purposes }, index) => ({
      name,
      digest: digest ?? digests[index],
      for: purposes,
    })),
  );
}
