import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { folder, tar } from "./tar.ts";
import type { StagedModel } from "../ollama/staged-store.ts";

const licenseMediaType = "application/vnd.ollama.image.license";

/** Licence texts that a model carries in its layers, and its notice, by file name. */
export async function noticesOf(
  { manifest, store }: StagedModel,
  notice: string | null,
): Promise<Record<string, string>> {
  const texts = manifest.blobs.filter((blob) => blob.mediaType === licenseMediaType);
  const licences = await Promise.all(
    texts.map(
      async ({ digest }, index) =>
        [`LICENSE${index === 0 ? "" : `.${index + 1}`}`, await readFile(store.blob(digest), "utf8")] as const,
    ),
  );
  return { ...Object.fromEntries(licences), ...(notice === null ? {} : { NOTICE: `${notice}\n` }) };
}

/** The layer with `/licenses` as an uncompressed tar. */
export async function noticesLayer(notices: Readonly<Record<string, string>>): Promise<Uint8Array> {
  const files = Object.entries(notices).map(([name, content]) => ({ header: { name: `licenses/${name}` }, content }));
  return buffer(tar([folder("licenses"), ...files]));
}
