/** Kinds of prompts that a run sends. */
export type PromptKind = "short" | "long";

/** How a prompt is made. */
export interface PromptPlan {
  readonly kind: PromptKind;
  /** Words in it. */
  readonly words: number;
  /** Whether all prompts begin alike, so that the prompt cache helps. */
  readonly sharedPrefix: boolean;
}

const lengths: Readonly<Record<PromptKind, number>> = { short: 32, long: 800 };

/** Most tokens that a word of {@link words} takes with the space before it; none was seen to take more. */
const tokensPerWord = 2;
/** Tokens of the template around a prompt, at most. */
const around = 64;
/** So many words that two prompts never have all of them the same. */
const ownWords = 8;

// One token each in most vocabularies.
const words = (
  "time year people way day man thing woman life child world school state family student group country problem hand " +
  "part place case week company system program question work government number night point home water room mother area " +
  "money story fact month lot right study book eye job word business issue side kind head house service friend father " +
  "power hour game line end member law car city name team minute idea body back parent face level office door health"
).split(" ");

// As it is continued word for word, an answer to it has no end of its own.
const counting = "1, 2, 3, 4, 5, 6, 7, 8, 9,";

/** How many words a kind of prompt has where the context of a request has some tokens, an answer among them. */
export function planOf(
  kind: PromptKind,
  { contextLength, answerTokens, sharedPrefix }: { contextLength: number; answerTokens: number; sharedPrefix: boolean },
): PromptPlan {
  const room = Math.floor((contextLength - answerTokens - around) / tokensPerWord);
  return { kind, words: Math.max(1, Math.min(lengths[kind], room)), sharedPrefix };
}

/** A prompt that no other one begins like, but for the prefix that all may share; it is to be continued as it stands. */
export function promptOf({ words: count, sharedPrefix }: PromptPlan, random: () => number): string {
  const own = sharedPrefix ? Math.min(ownWords, count) : count;
  const shared = Array.from({ length: count - own }, (_, index) => words[index % words.length]);
  const some = Array.from({ length: own }, () => words[Math.floor(random() * words.length)]);
  return `${[...shared, ...some].join(" ")}.\n${counting}`;
}
