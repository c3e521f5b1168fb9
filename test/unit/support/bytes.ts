import { createCipheriv, createHash } from "node:crypto";

/** Bytes that no compression makes shorter, the same every time. */
export function noise(length: number, seed = "noise"): Buffer {
  const key = createHash("sha256").update(seed).digest();
  return createCipheriv("aes-256-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

/** sha256 in hexadecimal. */
export function hex(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** A stream of some chunks. */
export async function* streamOf(...chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(Buffer.from(chunk));
}
