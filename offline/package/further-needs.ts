import * as z from "zod";
import { fileChunks } from "./file-chunks.ts";
import type { PackageFiles } from "./read-content.ts";

/*
 * What a host must have beside what the manifest says. A version on a host reads the manifests of later ones, to go back
 * to them, and takes those of its own form alone: what came to be known since is in a file of its own, which it leaves alone.
 */

/** Name of the file in a package. */
export const furtherNeedsName = "needs.json";

const furtherNeedsSchema = z.object({
  /** What the service needs of the host's memory at least, bytes; null for a model of which nothing is known. */
  memory: z.int().nonnegative().nullable(),
  /** Files, folders and links in each archive that the package carries, by its digest. */
  inodes: z.record(z.string(), z.int().nonnegative()).readonly(),
  /** What the service may write in time, bytes; left out by packages of before. */
  growth: z.object({ figures: z.int().nonnegative(), logs: z.int().nonnegative() }).readonly().optional(),
  /** Whether a container of it sees the host's processes, which the watcher does; left out by packages of before. */
  hostProcesses: z.boolean().optional(),
  /** Ports of loopback that it takes beside its own, by their keys; left out by packages of before. */
  ports: z.record(z.string(), z.int().min(1).max(65535)).readonly().optional(),
});

/** What a host must have beside what the manifest says. */
export type FurtherNeeds = Readonly<z.infer<typeof furtherNeedsSchema>>;

/** Nothing is known of packages from before, nor of a file that is not as the manifest says, which the verification names. */
export function readFurtherNeeds({ folder, files }: PackageFiles): FurtherNeeds {
  try {
    const chunks = [...fileChunks(folder, furtherNeedsName, files[furtherNeedsName])];
    return furtherNeedsSchema.parse(JSON.parse(Buffer.concat(chunks).toString()));
  } catch {
    return { memory: null, inodes: {} };
  }
}
