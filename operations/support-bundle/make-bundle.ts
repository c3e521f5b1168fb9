import { hostname } from "node:os";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure } from "../../support/failure.ts";
import { mostBytes, packed, withinSize, type BundleFile } from "./archive.ts";
import { contentsFiles } from "./contents.ts";
import { Scrubber } from "./scrubber.ts";
import { searchSecrets } from "./secret-forms.ts";
import type { Secret } from "./secret-values.ts";

/** What a support bundle is made of. */
export interface BundleInput {
  readonly stack: string;
  readonly files: readonly BundleFile[];
  readonly secrets: readonly Secret[];
  /** Why secret values of the state are not among them; undefined where they are. */
  readonly unknown: string | undefined;
  readonly now: Date;
}

/** A support bundle, ready to be written. */
export interface Bundle {
  readonly archive: Buffer;
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

/**
 * Takes what is secret out of files, lists them, and packs them within the size that may be carried out.
 * @throws Failure that names each file in which a secret is left
 */
export async function makeBundle({ stack, files, secrets, unknown, now }: BundleInput): Promise<Bundle> {
  const scrubber = new Scrubber(secrets);
  const clean = withinSize(files.map((file) => ({ ...file, text: scrubber.scrub(file.text) })));
  const made = now.toISOString();
  const contents = contentsFiles({ stack, host: hostname(), made, secrets: secrets.length, unknown }, clean);
  const all = [...contents, ...clean.map(({ path, text }) => ({ path, text }))];
  refuseSecrets(all, secrets);
  const archive = await packed(`support-${stack}-${made.replace(/\.\d+Z$/, "Z").replaceAll(":", "-")}`, all);
  if (archive.length > mostBytes)
    throw new Failure(`The support bundle has ${archive.length} bytes, more than ${mostBytes}; nothing was written`);
  return { archive, files: all };
}

function refuseSecrets(
  files: readonly { readonly path: string; readonly text: string }[],
  secrets: readonly Secret[],
): void {
  const texts = new Map(
    files.flatMap(
      ({ path, text }) =>
        [
          [path, text],
          [`the name ${path}`, path],
        ] as const,
    ),
  );
  const found = searchSecrets(texts, secrets);
  if (found.length === 0) return;
  throw new Failure(
    `Secrets are left in what was to be packed, and nothing was written:\n${found.map(({ path, what }) => `  ${path}: ${what}`).join("\n")}`,
    exitStatus.refused,
  );
}
