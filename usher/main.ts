import { configure, isHealthy, serve, warn } from "./commands.ts";
import { placeOf } from "./place.ts";
import { SettingsError } from "./settings.ts";

const place = placeOf(process.env);
const [command = "serve"] = process.argv.slice(2);

try {
  if (command === "serve") await serve(place);
  else if (command === "configure") await configure(place);
  else if (command === "health") process.exitCode = (await isHealthy(place)) ? 0 : 1;
  else {
    warn(`unknown command ${command}; known are serve, configure and health`);
    process.exitCode = 2;
  }
} catch (error) {
  warn(error instanceof SettingsError ? error.message : `the usher failed: ${String(error)}`);
  process.exitCode = 1;
}
