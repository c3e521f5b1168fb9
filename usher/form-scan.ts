import type { ObjectFound } from "./json-found.ts";
import { NotJson } from "./not-json.ts";

/** Longest headers of a part, and longest value of the field that is wanted. */
const longest = 4096;
const maxParts = 100;

const type =
  /^multipart\/form-data(?:; *charset=[\w-]+)?; *boundary=(?:"([\w'()+,./:=?-]{1,70})"|([\w'()+./:=?-]{1,70}))(?:; *charset=[\w-]+)?$/i;

/** How a part may be headed: all that libraries write, and nothing that could be read in two ways. */
const header = /^([A-Za-z0-9-]+): *([^\r\n]*)$/;
const disposition = /^form-data; name="([\w.[\]-]+)"((?:; filename\*?=(?:"[^"\\]*"|[^;"\s]+))*)$/;
const encoding = /^(?:binary|8bit|7bit)$/i;

/** The boundary in the type of a form's body, undefined for another type. */
export function boundaryOf(contentType: string | undefined): string | undefined {
  const [, quoted, plain] = type.exec(contentType ?? "") ?? [];
  return quoted ?? plain;
}

/**
 * Reads a form of several parts as its bytes arrive, and finds the field `model`, as a string of JSON in an object.
 *
 * A form that is written otherwise than libraries do is refused, so that Ollama cannot read another field in it.
 */
export class FormScan {
  readonly #delimiter: Buffer;
  #held: Buffer = Buffer.from("\r\n");
  #place: "body" | "head" | "delimiter" | "end" = "body";
  /** The text of the wanted field, while that is read; undefined in other parts, and before the first one. */
  #value: string | undefined;
  #parts = 0;
  readonly #models: string[] = [];

  constructor(boundary: string) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`);
  }

  /**
   * Reads the next bytes.
   * @throws NotJson
   */
  write(chunk: Uint8Array): void {
    this.#held = Buffer.concat([this.#held, chunk]);
    let before: number;
    do {
      before = this.#held.length;
      this.#step();
    } while (this.#held.length < before);
  }

  /**
   * Ends the form.
   * @throws NotJson when it is not whole
   */
  end(): ObjectFound {
    if (this.#place !== "end" || !["", "\r\n"].includes(this.#held.toString("latin1")))
      throw new NotJson("is not a whole form");
    const members = this.#models.map((model, index) => {
      const text = JSON.stringify(model);
      return { name: "model", index, start: 0, end: 0, kind: "string" as const, text, inner: undefined };
    });
    return { members, count: members.length, end: 0 };
  }

  #step(): void {
    if (this.#place === "body") this.#readBody();
    else if (this.#place === "delimiter") this.#readDelimiter();
    else if (this.#place === "head") this.#readHead();
    else if (this.#held.length > 2) throw new NotJson("has more after its form");
  }

  #readBody(): void {
    const found = this.#held.indexOf(this.#delimiter);
    // The first part has nothing before it.
    if (this.#parts === 0 && found !== 0 && this.#held.length >= this.#delimiter.length)
      throw new NotJson("is not a form with the boundary of its type");
    // What could be the beginning of a delimiter has to wait for the rest of it.
    const end = found === -1 ? Math.max(0, this.#held.length - this.#delimiter.length) : found;
    if (this.#value !== undefined) {
      this.#value += this.#held.toString("utf8", 0, end);
      if (this.#value.length > longest) throw new NotJson("has a model whose name is too long");
    }
    this.#held = this.#held.subarray(end);
    if (found === -1) return;
    this.#held = this.#held.subarray(this.#delimiter.length);
    if (this.#value !== undefined) this.#models.push(this.#value);
    this.#value = undefined;
    this.#place = "delimiter";
  }

  #readDelimiter(): void {
    if (this.#held.length < 2) return;
    const next = this.#held.toString("latin1", 0, 2);
    if (next !== "\r\n" && next !== "--") throw new NotJson("has a part that begins as no part does");
    this.#held = this.#held.subarray(2);
    this.#place = next === "--" ? "end" : "head";
  }

  #readHead(): void {
    const end = this.#held.indexOf("\r\n\r\n");
    if (end > longest || (end === -1 && this.#held.length > longest + 4))
      throw new NotJson("has a part with very long headers");
    // The body of a part may not begin as a delimiter does either, and that is to be seen.
    const start = end + 4;
    if (end === -1 || this.#held.length < start + this.#delimiter.length) return;
    if (++this.#parts > maxParts) throw new NotJson(`has more than ${maxParts} parts`);
    this.#value = isModel(this.#held.toString("latin1", 0, end)) ? "" : undefined;
    this.#held = this.#held.subarray(start);
    if (this.#held.indexOf(this.#delimiter.subarray(2)) === 0) throw new NotJson("has a part without an end");
    this.#place = "body";
  }
}

/** Whether the headers of a part are those of the wanted field. */
function isModel(head: string): boolean {
  const headers = head.split("\r\n").map((line) => header.exec(line));
  const values = (name: string) =>
    headers.filter((found) => found?.[1]?.toLowerCase() === name).map((found) => found?.[2] ?? "");
  const [first, ...others] = values("content-disposition");
  const [, name, file] = disposition.exec(first ?? "") ?? [];
  if (
    headers.includes(null) ||
    name === undefined ||
    others.length > 0 ||
    !values("content-transfer-encoding").every((value) => encoding.test(value)) ||
    (name === "model" && file !== "")
  )
    throw new NotJson("has a part whose headers cannot be taken");
  return name === "model";
}
