import { findModel, movingTags } from "./catalogue.ts";
import { forEmbeddingAlone } from "./loaded-models.ts";
import { originalName } from "./model-name.ts";
import { embedsAlone, type Purpose } from "./purposes.ts";
import type { Problem } from "./problems.ts";
import type { ConfiguredModel } from "./resolve.ts";
import type { StackConfig } from "./schema.ts";

type Config = Partial<StackConfig> & Pick<StackConfig, "models">;

/** A rule for each model, which tells the key of the model that is wrong. */
type ModelRule = (
  model: ConfiguredModel,
  config: Config,
) => { readonly key: string; readonly message: string } | undefined;

const digestMatchesCatalogue: ModelRule = ({ name, digest }) => {
  const known = findModel(name);
  if (!digest || !known || digest === known.digest) return undefined;
  return {
    key: "digest",
    message: `config/models.json knows ${name} as ${known.digest}; use that, or correct the catalogue`,
  };
};

const embeddedIsPinned: ModelRule = ({ name, digest }, { delivery }) => {
  if (delivery !== "embedded" || digest || findModel(name) || movingTags.has(name)) return undefined;
  return {
    key: "digest",
    message: `delivery embedded needs the manifest digest of ${name}, which config/models.json does not have: write it here`,
  };
};

const tagStays: ModelRule = ({ name, digest }) => {
  const instead = movingTags.get(name);
  if (digest || instead === undefined) return undefined;
  return {
    key: "name",
    message: `the tag ${name} moves, and names other bytes from one day to the next: write ${instead}, or the digest of the one that is meant`,
  };
};

/** What the server keeps a model under, beside its own name. */
const storedAs = ({ name }: ConfiguredModel) => originalName(name).toLowerCase();

const namedOnce: ModelRule = (model, { models }) => {
  const first = models.find((other) => storedAs(other) === storedAs(model));
  return first === model
    ? undefined
    : { key: "name", message: `${model.name} stands there twice: write each model once` };
};

const contextWithinModel: ModelRule = ({ name, contextLength }) => {
  const known = findModel(name);
  if (!known || contextLength === undefined || contextLength <= known.contextLength) return undefined;
  return { key: "contextLength", message: `${name} takes ${known.contextLength} tokens at most: write that or less` };
};

const preloadKeeps: ModelRule = ({ preload, keepAlive }) =>
  preload && keepAlive !== undefined
    ? {
        key: "keepAlive",
        message: "a model with preload stays in memory for ever: leave keepAlive out, or write preload: false",
      }
    : undefined;

const embeddingIsAllItDoes: ModelRule = ({ name, for: purposes }) => {
  if (!purposes || !findModel(name) || !forEmbeddingAlone({ name })) return undefined;
  if (embedsAlone(purposes)) return undefined;
  return {
    key: "for",
    message: `config/models.json knows ${name} as a model for embedding alone: write [embedding], or leave the key out`,
  };
};

/** What a model has to take to be for something. */
const inputs: Partial<Record<Purpose, string>> = { vision: "image", audio: "audio" };

const takesWhatItIsFor: ModelRule = ({ name, for: purposes }) => {
  const known = findModel(name);
  if (!purposes || !known || forEmbeddingAlone({ name })) return undefined;
  const missing = purposes.filter((purpose) => !known.takes.includes(inputs[purpose] ?? "text"));
  if (missing.length === 0) return undefined;
  return {
    key: "for",
    message: `config/models.json knows that ${name} takes ${known.takes.join(" and ")} alone: leave ${missing.join(" and ")} out, or choose another model`,
  };
};

const rules: readonly ModelRule[] = [
  digestMatchesCatalogue,
  embeddedIsPinned,
  tagStays,
  namedOnce,
  contextWithinModel,
  preloadKeeps,
  embeddingIsAllItDoes,
  takesWhatItIsFor,
];

/** Every rule that a model of the configuration breaks. */
export function modelProblems({ models = [], ...config }: Partial<StackConfig>): Problem[] {
  return models.flatMap((model, index) =>
    rules.flatMap((rule) => {
      const found = rule(model, { ...config, models });
      return found === undefined ? [] : [{ path: ["models", String(index), found.key], message: found.message }];
    }),
  );
}
