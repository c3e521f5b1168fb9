import { resolve } from "node:path";
import { checkConfig } from "../config/check.ts";
import { readStackFiles } from "../config/stack-files.ts";
import { exitStatus } from "../support/exit-status.ts";
import { Failure } from "../support/failure.ts";
import { bundle } from "../offline/bundle/bundle.ts";
import { bundleOptions, type BundleOptions } from "../offline/bundle/bundle-options.ts";
import { main } from "../support/main.ts";

await main(async () => {
  const options = bundleOptions(process.argv.slice(2));
  const { config, message } = await checkConfig(readStackFiles(options.stack), options.stack);
  if (config === undefined) throw new Failure(message, exitStatus.refused);
  await bundle(withFullPaths(options), config);
});

/** npm runs this in the project's folder, and has the one where it was called in a variable. */
function withFullPaths(options: BundleOptions): BundleOptions {
  const full = (path: string) => resolve(process.env["INIT_CWD"] ?? ".", path);
  const { out, since, sign } = options;
  return { ...options, out: full(out), since: since && full(since), sign: sign && full(sign) };
}
