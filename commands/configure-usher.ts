import { configureUsher } from "../engine/usher-admin.ts";
import { main, readInput } from "../support/main.ts";
import { say } from "../support/progress.ts";
import type { ConfigureUsherInput } from "../components/usher.ts";

await main(async () => {
  const { container, settings } = await readInput<ConfigureUsherInput>();
  await configureUsher(container, settings);
  const names = settings.clients.map(({ name }) => name).join(", ");
  say(`The usher sends the requests of ${names} to ${settings.upstream}`);
});
