import { setTimeout as sleep } from "node:timers/promises";
import { Figures } from "./figures.ts";
import { tell, watcherPort } from "./server.ts";
import { parseSettings, settingsVariable } from "./settings.ts";
import { Watch } from "./watch.ts";

const [command = "serve"] = process.argv.slice(2);

if (command === "health") {
  const url = `http://127.0.0.1:${watcherPort}/healthz`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
  process.exit(answer?.ok === true ? 0 : 1);
}
if (command !== "serve") {
  process.stderr.write(`unknown command ${command}; known are serve and health\n`);
  process.exit(2);
}

const log = (line: object) => process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...line })}\n`);
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(0));
const settings = parseSettings(process.env[settingsVariable]);
const figures = new Figures();
const watch = new Watch(settings, figures, log);
await tell({ figures, alive: () => watch.alive, state: () => watch.state });
log({ event: "watching", server: settings.server, models: settings.models.map(({ name }) => name) });
for (;;) {
  await watch.look().catch((error: unknown) => log({ event: "failed", reason: String(error) }));
  await sleep(settings.interval * 1000);
}
