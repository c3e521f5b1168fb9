import { pipeline } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";

/** The content of a layer's file as an engine saves it: with containerd's store as it was downloaded. */
export async function* uncompressed(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader: AsyncIterator<Uint8Array, unknown> = source[Symbol.asyncIterator]();
  const first = await reader.next();
  if (first.done) return;
  const whole = async function* () {
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => reader };
  };
  const magic = Buffer.from(first.value.subarray(0, 4)).toString("hex");
  if (magic.startsWith("1f8b")) yield* pipeline(whole(), createGunzip(), () => undefined);
  else if (magic === "28b52ffd") yield* pipeline(whole(), createZstdDecompress(), () => undefined);
  else yield* whole();
}
