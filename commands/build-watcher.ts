import { buildProgram, type BuildProgramInput } from "../engine/build-program.ts";
import { main, readInput } from "../support/main.ts";

await main(async () => {
  process.stdout.write(await buildProgram("watcher", "watcher.image", await readInput<BuildProgramInput>()));
});
