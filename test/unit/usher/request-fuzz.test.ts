import { isDeepStrictEqual } from "node:util";
import { expect, it } from "vitest";
import { randomFrom, seedFrom } from "../../support/random.ts";
import { fieldOf, mapOf, pairsOf, plainOf, type Pairs } from "./support/go-reader.ts";
import { inPieces, randomJson, randomKey, space } from "./support/random-json.ts";
import { ruled } from "./support/ruled.ts";

const seed = seedFrom("RULES_SEED");
const random = randomFrom(seed);

const pick = <Item>(items: readonly [Item, ...Item[]]): Item => items[Math.floor(random() * items.length)] ?? items[0];
const disturbing = [
  "num_ctx",
  "num_batch",
  "num_gpu",
  "main_gpu",
  "use_mmap",
  "num_thread",
  "draft_num_predict",
] as const;
const bounds = ["max_tokens", "max_completion_tokens"] as const;
const numbers = ["null", "0", "1", "5", "99", "100", "101", "4096", "-1", "-2"] as const;

function object(members: readonly string[]): string {
  return `{${members.map((member) => `${space(random)}${member}${space(random)}`).join(",")}}`;
}

function member(keys: readonly string[], value: string): string {
  return `${randomKey(random, keys)}${space(random)}:${space(random)}${value}`;
}

const some = (most: number, make: () => string) => Array.from({ length: Math.floor(random() * (most + 1)) }, make);

function options(): string {
  if (random() < 0.1) return "null";
  return object(
    some(4, () =>
      random() < 0.3
        ? member(["num_predict"], pick(numbers))
        : random() < 0.5
          ? member(disturbing, pick(["1", "null", "true", '{"num_ctx":1}', "[1,{}]"]))
          : member(["seed", "temperature", "num_keep"], pick(["1", "0.5", "null", '"}"'])),
    ),
  );
}

function body(): string {
  return object(
    some(6, () => {
      const dice = random();
      if (dice < 0.2) return member(["keep_alive", "shift"], pick(["0", '"5m"', "null", "-1", "false"]));
      if (dice < 0.5) return member(["options"], options());
      if (dice < 0.7) return member(bounds, pick(numbers));
      if (dice < 0.8) return member(["model"], pick(['"all-minilm"', '"All-MiniLM:latest"', "null"]));
      return member(["messages", "prompt", "stream"], random() < 0.5 ? randomJson(random).trim() : '"{\\"}"');
    }),
  );
}

/** What is left when nobody is disturbed: members that are not dropped, in their order. */
function leftOf(pairs: Pairs): unknown {
  const others = pairs.filter(([key]) => !/^(keep_alive|shift|options|max_tokens|max_completion_tokens)$/iu.test(key));
  return others.map(([key, value]) => [key, plainOf(value)]);
}

const boundOf = (asked: unknown, most: number | null): number | undefined => {
  const number = typeof asked === "number" ? asked : undefined;
  if (most === null) return number;
  return number === undefined || number <= 0 ? most : Math.min(number, most);
};

/** As an expectation, which takes ten times as long where nothing is wrong. */
function same(sent: string, actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual, sent).toEqual(expected);
}

it(
  `what Ollama reads is harmless and bounded, and the rest of it what was sent; RULES_SEED=${seed}`,
  { timeout: 60_000 },
  () => {
    for (let index = 0; index < 2500; index++) {
      const sent = body();
      const bytes = Buffer.from(sent);
      const path = pick(["/api/chat", "/v1/chat/completions"]);
      const maxTokens = pick([null, 100]);
      const pieces = inPieces(bytes, random);
      const { text } = ruled(path, pieces, { maxTokens });
      const [before, after] = [pairsOf(sent), pairsOf(text)];
      // The reader of the test is itself judged by JSON.parse.
      same(sent, plainOf({ pairs: after }), JSON.parse(text));

      same(sent, leftOf(after), leftOf(before));
      same(sent, [fieldOf(after, "keep_alive"), fieldOf(after, "shift")], [undefined, undefined]);
      const { num_predict: asked, ...map } = mapOf(before, "options");
      for (const name of disturbing) Reflect.deleteProperty(map, name);
      const { num_predict: got, ...rest } = mapOf(after, "options");
      same(sent, rest, map);

      if (path === "/api/chat") {
        same(sent, got ?? undefined, boundOf(asked, maxTokens));
        for (const name of bounds) same(sent, fieldOf(after, name), fieldOf(before, name));
      } else {
        same(sent, got, asked);
        const either = bounds.map((name) => fieldOf(before, name)).filter((value) => typeof value === "number");
        const most = Math.min(...either.map((number) => (number > 0 ? number : Infinity)), maxTokens ?? Infinity);
        const bounded = fieldOf(after, "max_tokens");
        if (maxTokens !== null) same(sent, bounded, most);
        else if (typeof fieldOf(before, "max_completion_tokens") === "number")
          same(sent, bounded, most === Infinity ? undefined : most);
        else same(sent, bounded, fieldOf(before, "max_tokens"));
      }

      const untouched = ruled(path, pieces, { maxTokens: null, allowReload: true });
      if (path === "/api/chat") same(sent, untouched.text, sent);
    }
  },
);
