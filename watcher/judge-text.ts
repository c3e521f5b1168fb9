/** Characters of an answer from which a repetition says something. */
const leastRepeated = 6;

/** What is wrong with the text of an answer that has some tokens; undefined when nothing is. */
export function wrongInText(text: string, tokens: number): string | undefined {
  const characters = Array.from(text.replaceAll(/\s/g, ""));
  if (characters.length === 0) return tokens > 1 ? `an answer of ${tokens} tokens has no text` : undefined;
  const broken = characters.filter((character) => character === "\uFFFD").length;
  // The last character may have been cut in two.
  if (broken > 1) return `an answer has ${broken} characters that are none`;
  if (characters.length >= leastRepeated && new Set(characters).size === 1)
    return `an answer is one character, ${characters.length} times`;
  if (/<unk>|<pad>|\[PAD\d*\]|<unused\d+>/.test(text)) return "an answer is made of tokens that stand for no text";
  return undefined;
}

/** What is wrong with the numbers of an embedding; undefined when nothing is. */
export function wrongInEmbedding(numbers: readonly (number | null)[]): string | undefined {
  if (numbers.length === 0) return "an embedding has no numbers";
  if (!numbers.every(Number.isFinite)) return "an embedding has numbers that are none";
  return numbers.every((number) => number === 0) ? "an embedding is nothing but zeros" : undefined;
}
