import { isUtf8 } from "node:buffer";

/** Why the bytes of a file are not text that every program reads alike, and what to do; undefined when they are. */
export function encodingProblem(bytes: Uint8Array): string | undefined {
  // Every second byte of UTF-16 is a zero, which YAML never has.
  if (bytes.includes(0)) return "got text in UTF-16, as some editors save it; save it as UTF-8";
  return isUtf8(bytes) ? undefined : "got text that is not in UTF-8; save it as UTF-8";
}
