import { docker } from "./support/docker.ts";
import { main, readInput } from "./support/main.ts";

/** What {@link limitPids} sends. */
export interface PidsLimitInput {
  /** ID of the container. */
  readonly container: string;
  /** Most processes and threads in it. */
  readonly limit: number;
}

await main(async () => {
  const { container, limit } = await readInput<PidsLimitInput>();
  await docker("update", "--pids-limit", String(limit), container);
  process.stdout.write(`At most ${limit} processes and threads\n`);
});
