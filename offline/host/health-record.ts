import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { writeDurably } from "../../support/durable.ts";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure, reasonOf } from "../../support/failure.ts";

const recordSchema = z.object({
  /** When, ISO. */
  when: z.iso.datetime(),
  healthy: z.boolean(),
  /** What was seen, in one line. */
  seen: z.string(),
});

/** How the last health check ended. */
export type HealthRecord = Readonly<z.infer<typeof recordSchema>>;

/** Where the health check of a data folder writes down how it ended. */
export const healthFile = (folder: string) => join(folder, "health.json");

/**
 * How the last health check ended; null when there was none.
 * @throws Failure that names the file when it cannot be read
 */
export async function readHealth(folder: string): Promise<HealthRecord | null> {
  const file = healthFile(folder);
  try {
    return recordSchema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    const reason = error instanceof z.ZodError ? "it has another form" : reasonOf(error);
    throw new Failure(`${file} cannot be read (${reason}): the next health check writes it anew`, exitStatus.refused);
  }
}

/** Writes down how a health check ended; who may not write there is told by the check itself all the same. */
export async function recordHealth(folder: string, healthy: boolean, seen: string, now = new Date()): Promise<void> {
  // What follows the first line may be a container's log.
  const [line = ""] = seen.split("\n");
  const record: HealthRecord = { when: now.toISOString(), healthy, seen: line };
  await writeDurably(healthFile(folder), `${JSON.stringify(record, null, 2)}\n`, 0o644).catch(() => undefined);
}
