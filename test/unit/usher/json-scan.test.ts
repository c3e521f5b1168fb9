import { describe, expect, it } from "vitest";
import type { ObjectFound } from "../../../usher/json-found.ts";
import { JsonScan } from "../../../usher/json-scan.ts";
import { fields, mapKeys } from "../../../usher/wanted-keys.ts";
import { randomFrom, seedFrom } from "../../support/random.ts";
import { inPieces, randomJson } from "./support/random-json.ts";

const wanted = fields("model", "keep_alive", ["options", mapKeys("num_ctx")]);

function scanned(...pieces: readonly (string | Uint8Array)[]): ObjectFound {
  const scan = new JsonScan(wanted);
  for (const piece of pieces) scan.write(Buffer.from(piece));
  return scan.end();
}

function messageOf(...pieces: readonly string[]): string {
  try {
    scanned(...pieces);
  } catch (error) {
    return (error as Error).message;
  }
  return "it is JSON";
}

describe("a scan", () => {
  const body = '{ "model" : "a\\n" ,"x":[{"model":1}],"Options":{"num_ctx":-1.5e3,"Num_Ctx":2},"KEEP_ALIVE":null}';

  it("finds wanted keys, with the places of their members and the texts of their values", () => {
    const { members, count, end } = scanned(body);
    expect({ count, end }).toEqual({ count: 4, end: body.length - 1 });
    expect(members.map(({ name, index, kind, text }) => ({ name, index, kind, text }))).toEqual([
      { name: "model", index: 0, kind: "string", text: '"a\\n"' },
      { name: "options", index: 2, kind: "object", text: undefined },
      { name: "keep_alive", index: 3, kind: "null", text: "null" },
    ]);
    expect(members.map(({ start, end: behind }) => body.slice(start, behind))).toEqual([
      ' "model" : "a\\n" ',
      '"Options":{"num_ctx":-1.5e3,"Num_Ctx":2}',
      '"KEEP_ALIVE":null',
    ]);
  });

  it("finds those in wanted objects alone", () => {
    const inner = scanned(body).members.map((member) => member.inner);
    expect([inner[0], inner[2]]).toEqual([undefined, undefined]);
    const { members, count, end } = inner[1] ?? { members: [], count: 0, end: 0 };
    expect({ count, close: body[end] }).toEqual({ count: 2, close: "}" });
    expect(members.map(({ name, text }) => [name, text])).toEqual([["num_ctx", "-1.5e3"]]);
  });

  it("finds the same in pieces of every size", () => {
    const whole = scanned(body);
    for (let size = 1; size < body.length; size++) {
      const pieces = body.match(new RegExp(`.{1,${size}}`, "gs")) ?? [];
      expect(scanned(...pieces)).toEqual(whole);
    }
  });

  it("finds keys as often as they are there, in their order", () => {
    const { members } = scanned('{"model":"a","MODEL":"b","options":null,"model":"c","options":{}}');
    expect(members.map(({ name, text }) => [name, text])).toEqual([
      ["model", '"a"'],
      ["model", '"b"'],
      ["options", "null"],
      ["model", '"c"'],
      ["options", undefined],
    ]);
  });

  it("keeps no text that is long, and goes on", () => {
    const long = JSON.stringify({ model: "m".repeat(5000), ["k".repeat(5000)]: 1, keep_alive: 7 });
    expect(scanned(long).members.map(({ name, text }) => [name, text])).toEqual([
      ["model", undefined],
      ["keep_alive", "7"],
    ]);
  });

  it("takes bytes that are no UTF-8 for what they are in a text", () => {
    const bytes = Buffer.concat([Buffer.from('{"a\xff'), Buffer.from([0xff, 0xc0]), Buffer.from('":1,"model":2}')]);
    expect(scanned(bytes).members.map(({ text }) => text)).toEqual(["2"]);
  });

  it("can be used for another object", () => {
    const scan = new JsonScan(wanted);
    scan.write(Buffer.from('{"model":"a","options":{"num'));
    scan.reset();
    scan.write(Buffer.from('{"keep_alive":1}'));
    expect(scan.end().members.map(({ name, start }) => [name, start])).toEqual([["keep_alive", 1]]);
  });
});

describe("what is no object of JSON", () => {
  it.each([
    ["", "is empty"],
    [" \n", "ends before its JSON does"],
    ["[1]", "is not a JSON object"],
    ['"text"', "is not a JSON object"],
    ["hello", "is not a JSON object"],
    ["\uFEFF{}", "is not a JSON object"],
    ["{", "ends before its JSON does"],
    ['{"a', "ends before its JSON does"],
    ['{"a":1', "ends before its JSON does"],
    ['{"a":tru', "ends before its JSON does"],
    ['{"a":1}x', "has more after its JSON object"],
    ['{"a":1} {"keep_alive":0}', "has more after its JSON object"],
    ['{"a":1}}', "has more after its JSON object"],
    ['{"a":1,}', "is not valid JSON at byte 7"],
    ["{,}", "is not valid JSON at byte 1"],
    ["{'a':1}", "is not valid JSON at byte 1"],
    ['{"a" 1}', "is not valid JSON at byte 5"],
    ['{"a":1 2}', "is not valid JSON at byte 7"],
    ['{"a":[1}', "is not valid JSON at byte 7"],
    ['{"a":[1,]}', "is not valid JSON at byte 8"],
    ['{"a":01}', "is not valid JSON at byte 6"],
    ['{"a":+1}', "is not valid JSON at byte 5"],
    ['{"a":.5}', "is not valid JSON at byte 5"],
    ['{"a":1.}', "is not valid JSON at byte 7"],
    ['{"a":1e}', "is not valid JSON at byte 7"],
    ['{"a":-}', "is not valid JSON at byte 6"],
    ['{"a":NaN}', "is not valid JSON at byte 5"],
    ['{"a":truE}', "is not valid JSON at byte 8"],
    ['{"a":"\n"}', "is not valid JSON at byte 6"],
    ['{"a":"\\x"}', "is not valid JSON at byte 7"],
    ['{"a":"\\u12g4"}', "is not valid JSON at byte 10"],
    ['{"a":1/*c*/}', "is not valid JSON at byte 6"],
    [`{"a":${"[".repeat(1000)}`, "nests more than 1000 levels deep"],
    [`{${'"model":1,'.repeat(1001)}"a":1}`, "has model and the like more than 1000 times"],
  ])("%j is known for it", (text, message) => {
    expect(messageOf(text)).toBe(message);
    expect(messageOf(...Array.from(text))).toBe(message);
  });

  it("may nest as deep as is allowed", () => {
    expect(messageOf(`{"a":${"[".repeat(999)}${"]".repeat(999)}}`)).toBe("it is JSON");
  });
});

describe("random bytes", () => {
  const seed = seedFrom("SCAN_SEED");

  it(`are JSON when JSON.parse says so, in pieces of any size; SCAN_SEED=${seed}`, { timeout: 60_000 }, () => {
    const random = randomFrom(seed);
    const outcomes = { json: 0, other: 0 };
    for (let index = 0; index < 4000; index++) {
      const text = randomJson(random);
      const bytes = Buffer.from(random() < 0.5 ? text : damaged(text, random));
      const isObject = isJsonObject(bytes.toString());
      outcomes[isObject ? "json" : "other"]++;
      let message = "it is JSON";
      const scan = new JsonScan(wanted);
      try {
        for (const piece of inPieces(bytes, random)) scan.write(piece);
        const { members } = scan.end();
        for (const { start, end } of members) JSON.parse(`{${bytes.subarray(start, end).toString()}}`);
      } catch (error) {
        message = String(error);
      }
      if ((message === "it is JSON") !== isObject) expect(message, bytes.toString()).toBe(`an object: ${isObject}`);
    }
    expect(Math.min(outcomes.json, outcomes.other)).toBeGreaterThan(800);
  });
});

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** A text in which a few characters were taken away, doubled or changed for others. */
function damaged(text: string, random: () => number): string {
  let result = text;
  for (let count = 1 + Math.floor(random() * 3); count > 0; count--) {
    const at = Math.floor(random() * (result.length + 1));
    const other =
      ["", result[at] ?? "", ...Array.from('{}[],:"\\0123eE+-.tfnu \n\u0001')][Math.floor(random() * 30)] ?? "";
    result = result.slice(0, at) + other + result.slice(at + Math.floor(random() * 2));
  }
  return random() < 0.1 ? result.slice(0, Math.floor(random() * result.length)) : result;
}
