import { describe, expect, it } from "vitest";
import type { ModelReadiness } from "../../../ollama/gate.ts";
import type { Reply } from "../support/fake-server.ts";
import { chatModel, digest, hex, linesOf, ollama, sentTo, type Replies } from "../support/gate-server.ts";
import { failureOf } from "../support/temp-folder.ts";

const bge: ModelReadiness = { ...chatModel, model: "bge-m3:567m", for: ["embedding"], vectorLength: 4 };

/** Vectors of norm 1, between which the cosines are the products of their numbers. */
const vectors: Readonly<Record<string, readonly number[]>> = {
  "A cat sits on the sofa.": [1, 0, 0, 0],
  "A kitten is lying on the couch.": [0.8, 0.6, 0, 0],
  "The stock market fell today.": [0.28, 0, 0.96, 0],
  "환불은 어떻게 받나요?": [0, 1, 0, 0],
  "돈을 돌려받는 방법을 알려 주세요.": [0, 0.6, 0.8, 0],
  "회의는 어디에서 하나요?": [1, 0, 0, 0],
};

type Vectors = Readonly<Record<string, readonly number[]>>;

/** What Ollama answers to `/api/embed`. */
function embed(change: Vectors = {}): (body: Record<string, unknown>) => Reply {
  const known = { ...vectors, ...change };
  return ({ input }) => {
    const texts = [input].flat().filter((text) => text !== "") as string[];
    return { body: { model: "bge-m3:567m", embeddings: texts.map((text) => known[text] ?? [0, 0, 0, 1]) } };
  };
}

const server = (change: Replies = {}) =>
  ollama({
    "/api/tags": { body: { models: [{ name: "bge-m3:567m", digest: hex }] } },
    "/api/show": { body: { capabilities: ["embedding"] } },
    load: { status: 400, body: { error: '"bge-m3:567m" does not support generate' } },
    "/api/embed": embed(),
    ...change,
  });

describe("the gate of an embedding model", () => {
  it("reports every step in order", async () => {
    const lines = await linesOf(await server(), [bge]);
    expect(lines).toEqual([
      "1/6 server answers: Ollama 0.32.1",
      `2/6 model is listed: bge-m3:567m ${digest}`,
      "3/6 model loads: bge-m3:567m in N s",
      "4/6 model embeds: bge-m3:567m vectors of 4 numbers, norm 1.000",
      "5/6 model tells meanings apart: bge-m3:567m 0.80 for the same, 0.28 for another",
      "6/6 model embeds a batch: bge-m3:567m 32 vectors of 4 numbers",
    ]);
  });

  it("asks a model that knows Korean in Korean too", async () => {
    const lines = await linesOf(await server(), [{ ...bge, korean: true }]);
    expect(lines[4]).toBe(
      "5/6 model tells meanings apart: bge-m3:567m 0.80 for the same, 0.28 for another; " +
        "in Korean 0.60 for the same, 0.00 for another",
    );
  });

  it("says the length where none is known", async () => {
    const lines = await linesOf(await server(), [{ ...bge, vectorLength: null }]);
    expect(lines[3]).toBe("4/6 model embeds: bge-m3:567m vectors of 4 numbers, norm 1.000");
  });

  it("loads it without a text, to be kept as long as it says, and sends 32 different texts at once", async () => {
    const asked = await server();
    await linesOf(asked, [{ ...bge, keepAlive: "-1s" }]);
    const [loading, single, trio, alone, batch] = sentTo(asked, "/api/embed") as { input: string[] }[];
    expect(loading).toEqual({ model: "bge-m3:567m", input: "", keep_alive: "-1s" });
    expect(single).toEqual({ model: "bge-m3:567m", input: ["A cat sits on the sofa."] });
    expect(trio?.input).toEqual(Object.keys(vectors).slice(0, 3));
    expect(alone?.input).toEqual(["A cat sits on the sofa."]);
    expect(batch?.input[0]).toBe("A cat sits on the sofa.");
    expect(new Set(batch?.input).size).toBe(32);
    expect(sentTo(asked, "/api/generate")).toEqual([]);
  });

  it("takes a vector of norm 1 within a thousandth, and one that a batch changes a little", async () => {
    let requests = 0;
    const reply = (body: Record<string, unknown>) => {
      requests += 1;
      const first = requests === 5 ? [0.9995, 0.031, 0, 0] : [1.0009, 0, 0, 0];
      return embed({ "A cat sits on the sofa.": first })(body);
    };
    const lines = await linesOf(await server({ "/api/embed": reply }), [bge]);
    expect(lines[3]).toBe("4/6 model embeds: bge-m3:567m vectors of 4 numbers, norm 1.001");
    expect(lines).toHaveLength(6);
  });

  /** Another answer to the n-th request for vectors. */
  const nth = (number: number, change: Vectors) => {
    let requests = 0;
    return (body: Record<string, unknown>) => embed(++requests === number ? change : {})(body);
  };

  const cases: readonly (readonly [string, Replies, Partial<ModelReadiness>, string])[] = [
    [
      "vectors of another length",
      {},
      { vectorLength: 1024 },
      "4/6 model embeds, failed: bge-m3:567m gives vectors of 4 numbers, and 1024 were expected",
    ],
    [
      "vectors that are not of norm 1",
      { "/api/embed": embed({ "A cat sits on the sofa.": [3, 4, 0, 0] }) },
      {},
      "4/6 model embeds, failed: bge-m3:567m gives vectors of norm 5.000, and 1 was expected",
    ],
    [
      "no vector",
      { "/api/embed": { body: { embeddings: null } } },
      {},
      "4/6 model embeds, failed: bge-m3:567m gives 0 vectors for 1 texts",
    ],
    [
      "an empty vector of unknown length",
      { "/api/embed": embed({ "A cat sits on the sofa.": [] }) },
      { vectorLength: null },
      "4/6 model embeds, failed: bge-m3:567m gives vectors of norm 0.000, and 1 was expected",
    ],
    [
      // As Ollama 0.33.3 answers, which loads such a model without a word.
      "a chat model",
      {
        "/api/embed": ({ input }) =>
          input === ""
            ? { body: { embeddings: [] } }
            : { status: 501, body: { error: "This server does not support embeddings. Start it with `--embeddings`" } },
        "/api/show": { body: { capabilities: ["completion"] } },
      },
      {},
      "4/6 model embeds, failed: bge-m3:567m is not for embedding: the server says that it can do completion; " +
        "correct its `for` in gemma:models, or name another model",
    ],
    [
      "a failure of a model that can embed",
      { "/api/embed": ({ input }) => (input === "" ? { body: {} } : { status: 500, body: { error: "no memory" } }) },
      {},
      "4/6 model embeds, failed: bge-m3:567m: /api/embed answered 500: no memory",
    ],
    [
      "meanings that are all the same to it",
      { "/api/embed": embed({ "The stock market fell today.": [0.8, 0.6, 0, 0] }) },
      {},
      "5/6 model tells meanings apart, failed: bge-m3:567m has a cosine of 0.80 for " +
        '"A cat sits on the sofa." and "A kitten is lying on the couch.", which say the same, and 0.80 for ' +
        '"A cat sits on the sofa." and "The stock market fell today."',
    ],
    [
      "Korean that it does not know",
      { "/api/embed": embed({ "회의는 어디에서 하나요?": [0, 0.8, 0.6, 0] }) },
      { korean: true },
      "5/6 model tells meanings apart, failed: bge-m3:567m has a cosine of 0.60 for " +
        '"환불은 어떻게 받나요?" and "돈을 돌려받는 방법을 알려 주세요.", which say the same, and 0.80 for ' +
        '"환불은 어떻게 받나요?" and "회의는 어디에서 하나요?"',
    ],
    [
      "a batch with a vector of another length",
      { "/api/embed": embed({ "Item 2 of the list.": [1, 0, 0] }) },
      {},
      "6/6 model embeds a batch, failed: bge-m3:567m gives vectors of 4 and 3 numbers in a batch",
    ],
    [
      "a batch that gives a text another vector",
      { "/api/embed": nth(5, { "A cat sits on the sofa.": [0.96, 0.28, 0, 0] }) },
      {},
      "6/6 model embeds a batch, failed: bge-m3:567m gives a text another vector in a batch than alone: " +
        "their cosine is 0.9600, and 0.999 is the least",
    ],
    [
      "a batch of which a text is lost",
      {
        "/api/embed": (body) =>
          embed()({ ...body, input: [body["input"]].flat().filter((text) => text !== "Item 7 of the list.") }),
      },
      {},
      "6/6 model embeds a batch, failed: bge-m3:567m gives 31 vectors for 32 texts",
    ],
  ];

  it.each(cases)("fails at %s", async (_, replies, change, message) => {
    const passing = linesOf(await server(replies), [{ ...bge, ...change }]);
    expect(await failureOf(passing)).toBe(`Readiness gate, step ${message}`);
  });
});
