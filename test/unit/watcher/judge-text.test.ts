import { describe, expect, it } from "vitest";
import { wrongInEmbedding, wrongInText } from "../../../watcher/judge-text.ts";

describe("the text of an answer", () => {
  it.each([" Paris. It is", "파리입니다", "aa", "Paris\uFFFD", "1111 2"])("%j is right", (text) => {
    expect(wrongInText(text, 8)).toBeUndefined();
  });

  it("may be nothing where the model had nothing to say", () => {
    expect(wrongInText("", 1)).toBeUndefined();
  });

  it.each([
    ["", "an answer of 8 tokens has no text"],
    [" \n", "an answer of 8 tokens has no text"],
    ["\uFFFD\uFFFDa", "an answer has 2 characters that are none"],
    ["GGGGGGGG", "an answer is one character, 8 times"],
    ["@ @ @ @ @ @", "an answer is one character, 6 times"],
    ["<unk><unk>", "an answer is made of tokens that stand for no text"],
    ["[PAD151935]", "an answer is made of tokens that stand for no text"],
  ])("%j is wrong", (text, sentence) => {
    expect(wrongInText(text, 8)).toBe(sentence);
  });
});

describe("the numbers of an embedding", () => {
  it.each([
    [[0.1, 0], undefined],
    [[], "an embedding has no numbers"],
    [[0.1, null], "an embedding has numbers that are none"],
    [[0, 0], "an embedding is nothing but zeros"],
  ])("%j", (numbers, sentence) => {
    expect(wrongInEmbedding(numbers)).toBe(sentence);
  });
});
