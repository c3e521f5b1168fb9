import { describe, expect, it } from "vitest";
import { tone } from "../../../ollama/gate/tone.ts";
import type { ModelReadiness } from "../../../ollama/gate.ts";
import { chatModel, linesOf, ollama, sentTo, type Replies } from "../support/gate-server.ts";
import { failureOf } from "../support/temp-folder.ts";

const hearing: ModelReadiness = { ...chatModel, for: ["audio"] };

const server = (change: Replies = {}) =>
  ollama({
    "/api/show": { body: { capabilities: ["completion", "audio", "thinking"] } },
    generate: { body: { response: "A beep." } },
    ...change,
  });

describe("the gate of a model that hears", () => {
  it("says that what it answers is not judged", async () => {
    expect((await linesOf(await server(), [hearing])).at(-1)).toBe(
      '4/4 model hears: gemma3n:e4b "A beep." to a tone; what it says is not judged',
    );
  });

  it("sends a tone where pictures go, without thinking", async () => {
    const asked = await server();
    await linesOf(asked, [hearing]);
    expect(sentTo(asked, "/api/generate")[1]).toEqual({
      model: "gemma3n:e4b",
      prompt: "What do you hear? Answer in a few words.",
      stream: false,
      options: { temperature: 0, num_predict: 48 },
      images: [tone().toString("base64")],
      think: false,
    });
  });

  const cases: readonly (readonly [string, Replies, string])[] = [
    [
      "cannot hear, as its server says",
      { "/api/show": { body: { capabilities: ["completion", "vision"] } } },
      "gemma3n:e4b is not for audio: the server says that it can do completion, vision; " +
        "correct its `for` in gemma:models, or name another model",
    ],
    [
      "refuses the sound",
      { generate: { status: 400, body: { error: "unable to decode audio" } } },
      "gemma3n:e4b: /api/generate answered 400: unable to decode audio",
    ],
    ["says nothing", { generate: { body: { response: " \n" } } }, "gemma3n:e4b: the answer to a tone was empty"],
  ];

  it.each(cases)("fails when it %s", async (_, change, message) => {
    const passing = linesOf(await server(change), [hearing]);
    expect(await failureOf(passing)).toBe(`Readiness gate, step 4/4 model hears, failed: ${message}`);
  });
});

describe("tone", () => {
  it("is a WAV of one second: 16 bits, one channel, 16 kHz", () => {
    const wav = tone();
    const header =
      "52494646" +
      "247d0000" +
      "57415645" +
      "666d7420" +
      "10000000" +
      "01000100" +
      "803e0000" +
      "007d0000" +
      "02001000";
    expect(wav.subarray(0, 36).toString("hex")).toBe(header);
    expect(wav.subarray(36, 44).toString("hex")).toBe("64617461" + "007d0000");
    expect(wav.length).toBe(44 + 32_000);
  });

  it("swings 440 times between both sides", () => {
    const wav = tone();
    const samples = Array.from({ length: 16_000 }, (_, index) => wav.readInt16LE(44 + 2 * index));
    const rises = samples.filter((sample, index) => index > 0 && sample >= 0 && (samples[index - 1] ?? 0) < 0);
    expect([rises.length, Math.max(...samples), Math.min(...samples)]).toEqual([439, 8000, -8000]);
  });
});
