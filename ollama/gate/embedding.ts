import { Failure } from "../../support/failure.ts";
import type { OllamaClient } from "../client.ts";
import { requirePurposes } from "./capabilities.ts";
import type { ModelStep } from "./step.ts";

type Vector = readonly number[];

/** A text, one that says the same in other words, and one that says something else. */
type Trio = readonly [string, string, string];

const english: Trio = ["A cat sits on the sofa.", "A kitten is lying on the couch.", "The stock market fell today."];

// The two that say the same have no word in common, so that a model without Korean finds them no nearer.
const korean: Trio = ["환불은 어떻게 받나요?", "돈을 돌려받는 방법을 알려 주세요.", "회의는 어디에서 하나요?"];

const batchSize = 32;
const normTolerance = 1e-3;
/** How alike the vectors of one text are; a batch is reckoned in another order than a text alone. */
const sameText = 0.999;

const norm = (vector: Vector) => Math.hypot(...vector);

/** Cosine of the angle between two vectors. */
export function cosine(one: Vector, other: Vector): number {
  return one.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0) / (norm(one) * norm(other));
}

async function vectorsOf(
  client: OllamaClient,
  model: string,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<readonly Vector[]> {
  const vectors = await client.embed(model, texts, signal);
  if (vectors.length === texts.length) return vectors;
  throw new Failure(`${model} gives ${vectors.length} vectors for ${texts.length} texts`);
}

/** A text has a vector, of the length that is known, and with norm 1. */
export const modelEmbeds: ModelStep = {
  name: "model embeds",
  run: async (client, { model, vectorLength }, signal) => {
    const [vector = []] = await vectorsOf(client, model, [english[0]], signal).catch(async (error: unknown) => {
      await requirePurposes(client, model, ["embedding"], signal);
      throw error;
    });
    if (vectorLength !== null && vector.length !== vectorLength) {
      throw new Failure(`${model} gives vectors of ${vector.length} numbers, and ${vectorLength} were expected`);
    }
    if (!(Math.abs(norm(vector) - 1) <= normTolerance)) {
      throw new Failure(`${model} gives vectors of norm ${norm(vector).toFixed(3)}, and 1 was expected`);
    }
    return ` vectors of ${vector.length} numbers, norm ${norm(vector).toFixed(3)}`;
  },
};

/** Texts that say the same are nearer to each other than texts that do not. */
export const modelTellsMeanings: ModelStep = {
  name: "model tells meanings apart",
  run: async (client, { model, korean: knowsKorean }, signal) => {
    const seen = ` ${await nearness(client, model, english, signal)}`;
    return knowsKorean ? `${seen}; in Korean ${await nearness(client, model, korean, signal)}` : seen;
  },
};

async function nearness(client: OllamaClient, model: string, texts: Trio, signal: AbortSignal): Promise<string> {
  const [text = [], same = [], other = []] = await vectorsOf(client, model, texts, signal);
  const [near, far] = [cosine(text, same), cosine(text, other)];
  if (near > far) return `${near.toFixed(2)} for the same, ${far.toFixed(2)} for another`;
  throw new Failure(
    `${model} has a cosine of ${near.toFixed(2)} for ${JSON.stringify(texts[0])} and ${JSON.stringify(texts[1])}, ` +
      `which say the same, and ${far.toFixed(2)} for ${JSON.stringify(texts[0])} and ${JSON.stringify(texts[2])}`,
  );
}

/** Many texts at once have the vectors that they have alone. */
export const modelEmbedsBatch: ModelStep = {
  name: "model embeds a batch",
  run: async (client, { model }, signal) => {
    const further = Array.from({ length: batchSize - 1 }, (_, index) => `Item ${index + 2} of the list.`);
    const [alone = []] = await vectorsOf(client, model, [english[0]], signal);
    const batch = await vectorsOf(client, model, [english[0], ...further], signal);
    const lengths = [...new Set(batch.map(({ length }) => length))];
    if (lengths.length > 1) throw new Failure(`${model} gives vectors of ${lengths.join(" and ")} numbers in a batch`);
    const alike = cosine(batch[0] ?? [], alone);
    if (!(alike >= sameText)) {
      throw new Failure(
        `${model} gives a text another vector in a batch than alone: their cosine is ${alike.toFixed(4)}, ` +
          `and ${sameText} is the least`,
      );
    }
    return ` ${batch.length} vectors of ${lengths.join("")} numbers`;
  },
};
