import { docker } from "../engine/docker.ts";
import { main, readInput } from "../support/main.ts";
import type { PidsLimitInput } from "../components/pids-limit.ts";

await main(async () => {
  const { container, limit } = await readInput<PidsLimitInput>();
  await docker("update", "--pids-limit", String(limit), container);
  process.stdout.write(`At most ${limit} processes and threads\n`);
});
