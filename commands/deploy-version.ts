import { parseArgs } from "node:util";
import { applyVersion } from "../offline/host/deployment.ts";
import { DataFolder } from "../offline/host/data-folder.ts";
import { Failure } from "../support/failure.ts";
import { main } from "../support/main.ts";

/* Runs from the version that commands/deploy.ts has unpacked. */

const { values } = parseArgs({
  options: {
    package: { type: "string", default: "." },
    data: { type: "string", default: "/var/lib/gemma" },
    version: { type: "string", default: "" },
  },
});

await main(async () => {
  const data = new DataFolder(values.data);
  const version = await data.version(values.version);
  if (version === undefined) throw new Failure(`The version ${values.version} is not in ${values.data}`);
  await applyVersion(values.package, version, data);
});
