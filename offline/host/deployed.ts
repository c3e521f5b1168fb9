import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { writeDurably } from "../../support/durable.ts";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure, reasonOf } from "../../support/failure.ts";
import { say } from "../../support/progress.ts";
import type { DataFolder, InstalledVersion } from "./data-folder.ts";

/** Where a version came from. */
const originSchema = z.object({
  /** Folder of the package. */
  package: z.string(),
  /** Who signed it, as the host's list names them; null when that was not checked. */
  signer: z.string().nullable(),
  /** Whether it has a signature at all. */
  signed: z.boolean(),
});

export type Origin = Readonly<z.infer<typeof originSchema>>;

const recordSchema = z.object({
  /** Digest of its manifest. */
  version: z.string(),
  /** When it began to serve, ISO. */
  since: z.iso.datetime(),
  by: z.enum(["deployment", "rollback"]),
  /** Null when another program deployed it, which wrote nothing down. */
  origin: originSchema.nullable(),
});

/** How a version came to serve. */
export type DeploymentRecord = Readonly<z.infer<typeof recordSchema>>;

const fileSchema = z.object({ format: z.literal(1), versions: z.array(recordSchema) });

/** Who signed a package, in words. */
export function signedBy({ signer, signed }: Omit<Origin, "package">): string {
  if (signer !== null) return `signed by ${signer}`;
  return signed ? "signed, and the signature was not checked" : "not signed";
}

/** Where it is written down which package each version came from. */
export const deployedFile = (data: DataFolder) => join(data.path, "deployed.json");

/**
 * How the versions on a host came to serve; empty where nothing was written down.
 * @throws Failure that names the file when it cannot be read
 */
export async function readDeployed(data: DataFolder): Promise<readonly DeploymentRecord[]> {
  const file = deployedFile(data);
  try {
    return fileSchema.parse(JSON.parse(await readFile(file, "utf8"))).versions;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    const reason = error instanceof z.ZodError ? "it has another form" : reasonOf(error);
    throw new Failure(
      `${file} cannot be read (${reason}): the next deployment writes it anew, and nothing else needs it`,
      exitStatus.refused,
    );
  }
}

/**
 * Writes down that a version serves from now on; a version that served already keeps the time since when.
 *
 * It serves all the same when that cannot be written.
 * @param origin - undefined when it is the one that was written down before
 */
export async function recordDeployed(
  data: DataFolder,
  version: InstalledVersion,
  record: Pick<DeploymentRecord, "by"> & { readonly origin?: Origin; readonly served: boolean },
  now = new Date(),
): Promise<void> {
  try {
    const known = await readDeployed(data).catch(() => []);
    const installed = new Set((await data.versions()).map(({ manifest }) => manifest.digest));
    const before = known.find((each) => each.version === version.manifest.digest);
    const { by, served } = record;
    const fresh: DeploymentRecord = {
      version: version.manifest.digest,
      ...(served && before !== undefined ? { since: before.since, by: before.by } : { since: now.toISOString(), by }),
      origin: record.origin ?? before?.origin ?? null,
    };
    const others = known.filter((each) => each !== before && installed.has(each.version));
    const text = `${JSON.stringify({ format: 1, versions: [...others, fresh] }, null, 2)}\n`;
    await writeDurably(deployedFile(data), text, 0o600);
  } catch (error) {
    say(
      `WARNING: ${deployedFile(data)} cannot be written, and --status will not tell of this deployment: ${reasonOf(error)}`,
    );
  }
}
