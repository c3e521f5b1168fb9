import { isUtf8 } from "node:buffer";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure, reasonOf } from "../../support/failure.ts";
import { sha256 } from "../../support/hashing.ts";
import type { Layer } from "../../ollama/manifest.ts";
import { needsSchema } from "../preflight/check.ts";

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, "sha256: and 64 hexadecimal digits");
const size = z.int().nonnegative();

/** A path that stays in the package, on every system and in every shell. */
export const pathSchema = z
  .string()
  .refine(
    (text) =>
      !/[\\\p{Cc}]/u.test(text) && text.split("/").every((part) => part !== "" && part !== "." && part !== ".."),
    "a path inside the package, with forward slashes",
  );

export const fileSchema = z.strictObject({
  /** Length in bytes. */
  size,
  /** Hash of its bytes, hexadecimal. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/, "64 hexadecimal digits"),
});

export const contentSchema = z.strictObject({
  /** `sha256:` digest of the uncompressed bytes. */
  digest,
  /** Length of the uncompressed bytes. */
  size,
  compression: z.enum(["none", "zstd"]),
  /** The files to read one after another; empty when the package leaves it out, because the host that it requires has it. */
  files: z.array(pathSchema).readonly(),
});

const image = z.strictObject({
  /** Name and tag. */
  name: z.string().min(1),
  /** Digest of the configuration, which is the ID in an engine that stores layers. */
  id: digest,
  config: contentSchema,
  /** Lowest first; the digests are those of the image's `RootFS`. */
  layers: z.array(contentSchema).min(1).readonly(),
});

/** As in the model's own manifest, which may say more of it. */
const layer = z.object({
  mediaType: z.string(),
  digest,
  size,
  /** `name@digest` of its model, where that is not the first: readers of earlier versions know one model alone. */
  model: z
    .string()
    .regex(/^.+@sha256:[0-9a-f]{64}$/, "a model and its digest")
    .optional(),
});

/** The first model with the blobs of all, as it is written. */
const written = z.strictObject({ name: z.string().min(1), digest, blobs: z.array(layer).readonly() });

/** A model that is in a package. */
export interface PackagedModel {
  readonly name: string;
  /** Digest of its manifest. */
  readonly digest: string;
  readonly blobs: readonly Layer[];
}

function readModels({ name, digest, blobs }: z.infer<typeof written>): readonly PackagedModel[] {
  const first = `${name}@${digest}`;
  const names = new Set([first, ...blobs.map(({ model = first }) => model)]);
  return [...names].map((model) => {
    const at = model.lastIndexOf("@");
    const own = blobs.filter((blob) => (blob.model ?? first) === model);
    return {
      name: model.slice(0, at),
      digest: model.slice(at + 1),
      blobs: own.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
    };
  });
}

function writtenModels([first, ...others]: readonly PackagedModel[]): object {
  const further = others.flatMap(({ name, digest, blobs }) =>
    blobs.map((blob) => ({ ...blob, model: `${name}@${digest}` })),
  );
  return { ...first, blobs: [...(first?.blobs ?? []), ...further] };
}

/** What the program runs with, each an archive; see offline/bundle/tools.ts. */
export const toolNames = ["node", "modules", "pulumi", "plugins", "program"] as const;
export type ToolName = (typeof toolNames)[number];

/** Everything there is to know about a package: what is in it, and what it makes of a host. */
const manifestSchema = z
  .strictObject({
    format: z.literal(1),
    /** When it was made, ISO 8601 in UTC. */
    created: z.iso.datetime(),
    stack: z.string().regex(/^[A-Za-z0-9_.-]+$/, "the name of a stack"),
    /** Digest of the stack's configuration with all defaults. */
    config: digest,
    /** Digest of the manifest of the package that must have been deployed before; null for a complete package. */
    requires: digest.nullable(),
    /** How the stack was tried before it was packed. */
    rehearsal: z.enum(["passed", "passed without GPU", "skipped"]),
    /** How images are put together; see docker/identity.ts. */
    layout: z.int(),
    /** Versions of what is inside, by name. */
    versions: z.record(z.string(), z.string()).readonly(),
    model: written,
    /** What the host must have. */
    needs: needsSchema,
    images: z.array(image).min(1).readonly(),
    tools: z.record(z.enum(toolNames), contentSchema).readonly(),
    /** Every file but the manifest and its signature, by path with forward slashes. */
    files: z.record(pathSchema, fileSchema).readonly(),
  })
  .superRefine((manifest, context) => {
    const missing = contentsOf(manifest).flatMap(({ files }) =>
      files.filter((name) => !Object.hasOwn(manifest.files, name)),
    );
    for (const name of missing)
      context.addIssue({
        code: "custom",
        path: ["files", name],
        message: "every file that holds a content",
        input: undefined,
      });
  })
  .transform(({ model, ...manifest }) => ({ ...manifest, models: readModels(model) }));

/** A file of a package. */
export type PackageFile = Readonly<z.infer<typeof fileSchema>>;

/** A stream of bytes that a package carries in one or more files, or that the host has already. */
export type Content = Readonly<z.infer<typeof contentSchema>>;

/** An image of the stack. */
export type PackagedImage = Readonly<z.infer<typeof image>>;

/** What a package's manifest says; see {@link manifestSchema}. */
export type PackageManifest = Readonly<z.infer<typeof manifestSchema>>;

/** Name of the manifest in a package. */
export const manifestName = "manifest.json";

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, sorted(item)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The text of a manifest, the same for the same content: keys in order, a line each, so that two can be compared as text. */
export function canonical({ models, ...manifest }: PackageManifest): string {
  return canonicalJson({ ...manifest, model: writtenModels(models) });
}

function canonicalJson(value: unknown): string {
  return `${JSON.stringify(sorted(value), undefined, 2)}\n`;
}

const copyAgain = "; copy the package again";

/** A manifest with the text it was read from, and the text's digest, which names the version that a package makes. */
export interface ReadManifest extends PackageManifest {
  readonly text: string;
  readonly digest: string;
}

/**
 * Reads a manifest.
 * @param path - a manifest file, or a folder with one
 * @throws Failure when there is none, or not one of this format
 */
export async function readManifest(path: string): Promise<ReadManifest> {
  const file = path.endsWith(".json") ? path : join(path, manifestName);
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new Failure(
      `There is no package manifest at ${file}: ${(error as NodeJS.ErrnoException).code ?? ""}`,
      exitStatus.untrusted,
    );
  });
  if (!isUtf8(bytes))
    throw new Failure(`${file} is not a package manifest: it is not UTF-8${copyAgain}`, exitStatus.untrusted);
  return parsePackageManifest(bytes.toString(), file);
}

/** What is wrong with a manifest, for whoever has other advice than to copy its package again. */
export function manifestProblem(error: unknown): string {
  const reason = reasonOf(error);
  return reason.endsWith(copyAgain) ? reason.slice(0, -copyAgain.length) : reason;
}

/** As {@link readManifest}, from its text. */
export function parsePackageManifest(text: string, origin: string): ReadManifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Failure(`${origin} is not a package manifest: it is not JSON${copyAgain}`, exitStatus.untrusted);
  }
  const { success, data, error } = manifestSchema.safeParse(value);
  if (success) {
    // Another reader, as the package's scripts are, finds the same in it.
    if (canonicalJson(value) === text) return { ...data, text, digest: sha256(text) };
    throw new Failure(
      `${origin} is not a package manifest: it was edited, as each key has to come once, in order and on a line of its own${copyAgain}`,
      exitStatus.untrusted,
    );
  }
  const [problem] = error.issues;
  const where = problem?.path.length ? problem.path.join(".") : "it";
  throw new Failure(
    `${origin} is not a package manifest of format 1, which is the one this program reads: ${where}: ${problem?.message ?? ""}${copyAgain}`,
    exitStatus.untrusted,
  );
}

/** Every content of a package. */
export function contentsOf(manifest: Pick<PackageManifest, "images" | "tools">): readonly Content[] {
  return [...manifest.images.flatMap(({ config, layers }) => [config, ...layers]), ...Object.values(manifest.tools)];
}
