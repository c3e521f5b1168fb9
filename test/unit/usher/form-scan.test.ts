import { describe, expect, it } from "vitest";
import { FormScan, boundaryOf } from "../../../usher/form-scan.ts";
import { runningUsher } from "./support/running-usher.ts";
import { json, stubOllama } from "./support/stub-ollama.ts";

/** The models that a form names, or why it is not taken; whole and byte by byte. */
function modelsOf(form: string | Buffer, boundary = "b"): unknown {
  const bytes = Buffer.from(form);
  const [whole, single] = [[bytes], Array.from(bytes, (byte) => Buffer.from([byte]))].map((pieces) => {
    try {
      const scan = new FormScan(boundary);
      for (const piece of pieces) scan.write(piece);
      return scan.end().members.map(({ name, kind, text }) => [name, kind, JSON.parse(text ?? "") as unknown]);
    } catch (error) {
      return (error as Error).message;
    }
  });
  expect(single).toEqual(whole);
  return whole;
}

const part = (head: string, value: string) => `--b\r\n${head}\r\n\r\n${value}\r\n`;
const field = (name: string, value: string) => part(`Content-Disposition: form-data; name="${name}"`, value);
const model = (name: string) => ["model", "string", name];

describe("a form", () => {
  it("as Node writes it has its model found", async () => {
    const form = new FormData();
    form.append("file", new Blob([Buffer.alloc(100_000, "\r\n--")], { type: "audio/wav" }), 'a "b".wav');
    form.append("model", "gemma3n:e2b");
    form.append("prompt", "модель");
    const response = new Response(form);
    const boundary = boundaryOf(response.headers.get("content-type") ?? "");
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(modelsOf(bytes, boundary)).toEqual([model("gemma3n:e2b")]);
  });

  it.each([
    [`${field("model", "a")}--b--\r\n`, [model("a")]],
    [`${field("model", "a")}--b--`, [model("a")]],
    [`${field("model", "")}--b--`, [model("")]],
    [`${field("model", "a\r\n--")}--b--`, [model("a\r\n--")]],
    [`${field("x", "a")}${field("model", "a")}${field("model", "c")}--b--`, [model("a"), model("c")]],
    [`${field("Model", "a")}${field("models", "a")}--b--`, []],
    [
      part(
        'content-disposition: form-data; name="model"\r\nContent-Type: text/plain;charset=UTF-8\r\nContent-Length: 1',
        "a",
      ) + "--b--",
      [model("a")],
    ],
    [
      part('Content-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Transfer-Encoding: binary', "a") +
        "--b--",
      [],
    ],
    [part("Content-Disposition: form-data; name=\"file\"; filename*=UTF-8''a%20b.wav", "a") + "--b--", []],
  ])("written %j has %j", (form, models) => {
    expect(modelsOf(form)).toEqual(models);
  });

  const headers = "has a part whose headers cannot be taken";
  const boundary = "is not a form with the boundary of its type";

  it.each([
    ["", "is not a whole form"],
    ['{"model":"a"}', boundary],
    [`x\r\n${field("model", "a")}--b--`, boundary],
    [`\r\n${field("model", "a")}--b--`, boundary],
    [`--b\n${field("model", "a").slice(5)}--b--`, "has a part that begins as no part does"],
    [`--b ${field("model", "a").slice(3)}--b--`, "has a part that begins as no part does"],
    [`${field("x", "a\r\n--bc")}--b--`, "has a part that begins as no part does"],
    [field("model", "a"), "is not a whole form"],
    [`${field("model", "a")}--b--\r\nx`, "has more after its form"],
    [`${field("model", "a")}--b--\r\n${field("model", "c")}--b--`, "has more after its form"],
    [`${part('Content-Disposition: form-data; name="x"', "--b\r\n")}--b--`, "has a part without an end"],
    [part("X: 1", "a") + "--b--", headers],
    [part("", "a") + "--b--", headers],
    [part('Content-Disposition: form-data; name="mod\\el"', "a") + "--b--", headers],
    [part("Content-Disposition: form-data; name=model", "a") + "--b--", headers],
    [part("Content-Disposition: form-data; name*=UTF-8''model", "a") + "--b--", headers],
    [part('Content-Disposition: form-data; name="x"; name="model"', "a") + "--b--", headers],
    [part('Content-Disposition: form-data; name="model"; filename="a"', "a") + "--b--", headers],
    [
      part('Content-Disposition: form-data; name="x"\r\nContent-Disposition: form-data; name="model"', "a") + "--b--",
      headers,
    ],
    [
      part('X: 1\nContent-Disposition: form-data; name="model"\r\nContent-Disposition: form-data; name="x"', "a") +
        "--b--",
      headers,
    ],
    [part('Content-Disposition: form-data;\r\n name="model"', "a") + "--b--", headers],
    [
      part('Content-Disposition: form-data; name="model"\r\nContent-Transfer-Encoding: quoted-printable', "=61") +
        "--b--",
      headers,
    ],
    [part(`X: ${"x".repeat(5000)}`, "a") + "--b--", "has a part with very long headers"],
    [`${field("model", "a".repeat(5000))}--b--`, "has a model whose name is too long"],
    [`${field("x", "a").repeat(101)}--b--`, "has more than 100 parts"],
  ])("written %j is not taken", (form, message) => {
    expect(modelsOf(form)).toBe(message);
  });
});

describe("the boundary of a form", () => {
  it.each([
    ["multipart/form-data; boundary=abc", "abc"],
    ['Multipart/Form-Data;boundary="a:b c"', undefined],
    ['multipart/form-data; boundary="a:b"', "a:b"],
    ["multipart/form-data;charset=UTF-8;boundary=abc", "abc"],
    ["multipart/form-data;boundary=abc;charset=UTF-8", "abc"],
    ["multipart/form-data; boundary=a; boundary=b", undefined],
    ["multipart/form-data; boundary*=UTF-8''a", undefined],
    ["multipart/mixed; boundary=a", undefined],
    ["application/json", undefined],
    [undefined, undefined],
  ])("of %j is %j", (type, boundary) => {
    expect(boundaryOf(type)).toBe(boundary);
  });
});

describe("a request with a form", () => {
  const path = "/v1/audio/transcriptions";
  const type = { "Content-Type": "multipart/form-data; boundary=b" };

  it("gets to Ollama as it is, when its model is served", async () => {
    const ollama = await stubOllama((response) => {
      json(response, { text: "hello" });
    });
    const usher = await runningUsher(ollama);
    const form = `${field("model", "gemma3n:e2b")}${field("file", "RIFF")}--b--\r\n`;
    expect((await usher.send("POST", `${path}?model=other`, form, type)).status).toBe(200);
    expect(ollama.got.map(({ line, body, headers }) => [line, body, headers["content-type"]])).toEqual([
      [`POST ${path}`, form, "multipart/form-data; boundary=b"],
    ]);
    expect(await usher.line()).toMatchObject({ endpoint: path, model: "gemma3n:e2b", status: 200 });
    const other = await usher.send("POST", path, `${field("model", "other")}--b--`, type);
    expect([other.status, JSON.parse(other.body)]).toMatchObject([404, { error: { type: "not_found_error" } }]);
  });

  it("is refused in another form", async () => {
    const usher = await runningUsher({});
    const answers = [
      await usher.send("POST", path, '{"model":"gemma3n:e2b"}', { "Content-Type": "application/json" }),
      await usher.send("POST", path, '{"model":"gemma3n:e2b"}', type),
      await usher.send("POST", "/api/chat", `${field("model", "gemma3n:e2b")}--b--`, type),
    ];
    const messages = answers.map(({ status, body }) => {
      const { error } = JSON.parse(body) as { error: string | { message: string } };
      return [status, typeof error === "string" ? error : error.message];
    });
    expect(messages).toEqual([
      [415, "the type of the body is not multipart/form-data with a boundary"],
      [400, "the body is not a form with the boundary of its type"],
      [400, "the body is not a JSON object"],
    ]);
  });
});
