import { JsonFinder } from "./json-finder.ts";
import type { Kind, ObjectFound, Wanted } from "./json-found.ts";
import { afterNumber, isDigit, mayEnd, startOfNumber, type NumberPlace } from "./json-number.ts";
import { KeptText } from "./kept-text.ts";
import { NotJson } from "./not-json.ts";

/* Bytes by their names in the grammar of JSON. */
const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openObject = 0x7b;
const closeObject = 0x7d;
const openArray = 0x5b;
const closeArray = 0x5d;

/* What is expected next. Plain numbers, since enums are not types alone. */
const value = 0;
const valueOrEnd = 1;
const key = 2;
const keyOrEnd = 3;
const keyColon = 4;
const afterValue = 5;
const inString = 6;
const inEscape = 7;
const inHex = 8;
const inLiteral = 9;
const inNumber = 10;
const done = 11;

const literals: Readonly<Record<number, readonly [Kind, Uint8Array]>> = {
  0x74: ["true", Buffer.from("true")],
  0x66: ["false", Buffer.from("false")],
  0x6e: ["null", Buffer.from("null")],
};

const escapes = Buffer.from('"\\/bfnrt');

/** Depth beyond which a value is refused; what people and libraries send stays far below. */
const maxDepth = 1000;

/**
 * Reads a JSON object as its bytes arrive, and finds where the wanted keys are, without keeping anything else of it.
 *
 * The whole grammar is checked, so that what is not JSON is known for it. Bytes that are no UTF-8 are let through, as decoders do.
 */
export class JsonScan {
  readonly #finder: JsonFinder;
  /** For each object or array that is open, whether it is an object. */
  readonly #objects: boolean[] = [];
  #state = value;
  /** Bytes before the chunk that is read. */
  #offset = 0;
  #isKey = false;
  /** Hex digits or bytes of a literal that were read. */
  #count = 0;
  #literal: Uint8Array = escapes;
  #number: NumberPlace = 0;
  readonly #text = new KeptText();

  constructor(wanted: Wanted) {
    this.#finder = new JsonFinder(wanted);
  }

  /** Forgets all, for another object. */
  reset(): void {
    this.#finder.reset();
    this.#objects.length = 0;
    this.#state = value;
    this.#offset = 0;
    this.#text.begin(false);
  }

  /**
   * Reads the next bytes.
   * @throws NotJson
   */
  write(chunk: Uint8Array): void {
    let at = 0;
    // Where in this chunk the text that is kept begins.
    let from = 0;
    while (at < chunk.length) {
      const byte = chunk[at] ?? 0;
      switch (this.#state) {
        case inString: {
          at = this.#endOfString(chunk, at);
          if (at === chunk.length) continue;
          if (chunk[at] === backslash) this.#state = inEscape;
          else {
            this.#text.add(chunk, from, at + 1);
            this.#endString();
          }
          break;
        }
        case inEscape:
          this.#readEscape(byte, at);
          break;
        case inHex:
          if (!isHex(byte)) this.#refuse(at);
          if (++this.#count === 4) this.#state = inString;
          break;
        case inNumber: {
          const next = afterNumber(this.#number, byte);
          if (next !== undefined) {
            this.#number = next;
            break;
          }
          if (!mayEnd(this.#number)) this.#refuse(at);
          this.#text.add(chunk, from, at);
          this.#endScalar();
          // This byte is behind the number, and still to be read.
          continue;
        }
        case inLiteral:
          if (byte !== this.#literal[this.#count]) this.#refuse(at);
          if (++this.#count < this.#literal.length) break;
          this.#text.add(chunk, from, at + 1);
          this.#endScalar();
          break;
        default:
          if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) break;
          from = at;
          this.#readStructure(byte, at);
      }
      at++;
    }
    if (this.#state >= inString && this.#state <= inNumber) this.#text.add(chunk, from, at);
    this.#offset += chunk.length;
  }

  /** What was found, undefined as long as the object is not whole. */
  get found(): ObjectFound | undefined {
    return this.#state === done ? this.#finder.root : undefined;
  }

  /**
   * Ends the object.
   * @throws NotJson when it is not whole
   */
  end(): ObjectFound {
    const { found } = this;
    if (found === undefined) throw new NotJson(this.#offset === 0 ? "is empty" : "ends before its JSON does");
    return found;
  }

  #refuse(at: number): never {
    throw new NotJson(`is not valid JSON at byte ${this.#offset + at}`);
  }

  /** Reads a byte between strings, numbers and words. */
  #readStructure(byte: number, at: number): void {
    const state = this.#state;
    if (state === done) throw new NotJson("has more after its JSON object");
    if (state === afterValue) this.#separate(byte, at);
    else if (state === keyColon) {
      if (byte !== colon) this.#refuse(at);
      this.#state = value;
    } else if ((state === valueOrEnd && byte === closeArray) || (state === keyOrEnd && byte === closeObject))
      this.#close(at);
    else if (state === key || state === keyOrEnd) this.#startKey(byte, at);
    else this.#startValue(byte, at);
  }

  #separate(byte: number, at: number): void {
    const isObject = this.#objects.at(-1) === true;
    if (byte === comma) {
      this.#finder.separate(this.#offset + at);
      this.#state = isObject ? key : value;
    } else if (byte === (isObject ? closeObject : closeArray)) this.#close(at);
    else this.#refuse(at);
  }

  #startKey(byte: number, at: number): void {
    if (byte !== quote) this.#refuse(at);
    this.#isKey = true;
    this.#state = inString;
    this.#text.begin(this.#finder.watches);
  }

  #startValue(byte: number, at: number): void {
    if (this.#objects.length === 0 && byte !== openObject) throw new NotJson("is not a JSON object");
    if (byte === openObject || byte === openArray) {
      this.#open(byte === openObject, at);
      return;
    }
    this.#text.begin(this.#finder.watchesValue);
    if (byte === quote) {
      this.#finder.kind("string");
      this.#isKey = false;
      this.#state = inString;
      return;
    }
    const number = startOfNumber(byte);
    if (number !== undefined) {
      this.#finder.kind("number");
      this.#number = number;
      this.#state = inNumber;
      return;
    }
    const literal = literals[byte];
    if (literal === undefined) this.#refuse(at);
    this.#finder.kind(literal[0]);
    this.#literal = literal[1];
    this.#count = 1;
    this.#state = inLiteral;
  }

  #open(isObject: boolean, at: number): void {
    if (this.#objects.length === maxDepth) throw new NotJson(`nests more than ${maxDepth} levels deep`);
    this.#finder.open(isObject ? "object" : "array", this.#offset + at);
    this.#objects.push(isObject);
    this.#state = isObject ? keyOrEnd : valueOrEnd;
  }

  #close(at: number): void {
    this.#finder.close(this.#offset + at);
    this.#objects.pop();
    this.#state = this.#objects.length === 0 ? done : afterValue;
  }

  #endString(): void {
    if (this.#isKey) {
      this.#finder.key(this.#text.take());
      this.#state = keyColon;
    } else this.#endScalar();
  }

  #endScalar(): void {
    this.#finder.text(this.#text.take());
    this.#state = afterValue;
  }

  #readEscape(byte: number, at: number): void {
    if (byte === 0x75) {
      this.#state = inHex;
      this.#count = 0;
    } else if (escapes.includes(byte)) this.#state = inString;
    else this.#refuse(at);
  }

  /** The first byte that ends a string or begins an escape, or the end of the chunk. */
  #endOfString(chunk: Uint8Array, start: number): number {
    let at = start;
    for (; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (byte === quote || byte === backslash) return at;
      if (byte < 0x20) this.#refuse(at);
    }
    return at;
  }
}

function isHex(byte: number): boolean {
  return isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
}
