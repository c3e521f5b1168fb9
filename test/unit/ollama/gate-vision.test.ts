import { crc32, inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { redSquare } from "../../../ollama/gate/red-square.ts";
import type { ModelReadiness } from "../../../ollama/gate.ts";
import { chatModel, generation, linesOf, ollama, sentTo, type Replies } from "../support/gate-server.ts";
import { failureOf } from "../support/temp-folder.ts";

const seeing: ModelReadiness = { ...chatModel, for: ["chat", "vision"] };

/** A server whose model says something of a picture. */
const server = (seen: string, change: Replies = {}) =>
  ollama({
    "/api/show": { body: { capabilities: ["completion", "vision"] } },
    generate: ({ images }) => ({ body: images === undefined ? generation : { response: seen } }),
    ...change,
  });

describe("the gate of a model that sees", () => {
  it.each(["Red", "red.", "The colour is RED.", "**Red**"])("passes when it calls a red square %j", async (seen) => {
    expect((await linesOf(await server(seen), [seeing])).slice(3)).toEqual([
      '4/5 model generates: gemma3n:e4b " Paris.", 15.0 tokens/s',
      `5/5 model sees: gemma3n:e4b ${JSON.stringify(seen)} of a red square`,
    ]);
  });

  it.each([
    [["completion", "vision", "thinking"], { think: false }],
    [["completion", "vision"], {}],
  ])("sends one that can do %j a picture with %j", async (capabilities, extras) => {
    const asked = await server("Red", { "/api/show": { body: { capabilities } } });
    await linesOf(asked, [seeing]);
    expect(sentTo(asked, "/api/generate")[2]).toEqual({
      model: "gemma3n:e4b",
      prompt: "What colour is this? Answer with one word.",
      stream: false,
      options: { temperature: 0, num_predict: 48 },
      images: [redSquare().toString("base64")],
      ...extras,
    });
  });

  // As Ollama 0.33.3 answers for a model without a projector.
  const refused = {
    error:
      '{"error":{"code":400,"message":"Multimodal data provided, but model does not support multimodal requests.",' +
      '"type":"invalid_request_error"}}',
  };

  const cases: readonly (readonly [string, string, Replies, string])[] = [
    [
      "names another colour",
      "Blue.",
      {},
      "gemma3n:e4b: the answer to a red square and " +
        '"What colour is this? Answer with one word." was "Blue.", which does not say red',
    ],
    [
      "sees only something coloured",
      "Coloured.",
      {},
      "gemma3n:e4b: the answer to a red square and " +
        '"What colour is this? Answer with one word." was "Coloured.", which does not say red',
    ],
    [
      "cannot see, as its server says",
      "Red",
      { "/api/show": { body: { capabilities: ["completion", "tools"] } } },
      "gemma3n:e4b is not for vision: the server says that it can do completion, tools; " +
        "correct its `for` in gemma:models, or name another model",
    ],
    [
      "refuses pictures, while its server does not say what it can do",
      "",
      {
        "/api/show": { body: {} },
        generate: ({ images }) => (images === undefined ? { body: generation } : { status: 400, body: refused }),
      },
      "gemma3n:e4b: /api/generate answered 400: Multimodal data provided, but model does not support multimodal requests.",
    ],
  ];

  it.each(cases)("fails when it %s", async (_, seen, change, message) => {
    const passing = linesOf(await server(seen, change), [seeing]);
    expect(await failureOf(passing)).toBe(`Readiness gate, step 5/5 model sees, failed: ${message}`);
  });
});

describe("redSquare", () => {
  it("is a PNG of 256 x 256 red pixels", () => {
    const png = redSquare();
    expect(png.subarray(0, 8).toString("hex")).toBe("89504e470d0a1a0a");
    const chunks: [string, Buffer][] = [];
    for (let at = 8; at < png.length;) {
      const length = png.readUInt32BE(at);
      const named = png.subarray(at + 4, at + 8 + length);
      expect(png.readUInt32BE(at + 8 + length)).toBe(crc32(named));
      chunks.push([named.subarray(0, 4).toString(), named.subarray(4)]);
      at += 12 + length;
    }
    expect(chunks.map(([type]) => type)).toEqual(["IHDR", "IDAT", "IEND"]);
    expect(chunks[0]?.[1].toString("hex")).toBe("00000100" + "00000100" + "0802000000");
    const line = "00" + "ff0000".repeat(256);
    expect(inflateSync(chunks[1]?.[1] ?? "").toString("hex")).toBe(line.repeat(256));
  });
});
