import { existsSync } from "node:fs";
import { join } from "node:path";
import { signatureName } from "../offline/package/journal.ts";
import { applyVersion } from "../offline/host/deployment.ts";
import { DataFolder } from "../offline/host/data-folder.ts";
import { Failure } from "../support/failure.ts";
import { main } from "../support/main.ts";
import { readOptions } from "../support/options.ts";

/* Runs from the version that commands/deploy.ts has unpacked. */

await main(async () => {
  const options = {
    package: { type: "string", default: "." },
    data: { type: "string", default: "/var/lib/gemma" },
    version: { type: "string", default: "" },
    signer: { type: "string" },
    "skip-trial": { type: "boolean", default: false },
  } as const;
  const { values } = readOptions({ options }, "deploy.sh [--data DIR] [--skip-trial]");
  const data = new DataFolder(values.data);
  const version = await data.version(values.version);
  if (version === undefined) throw new Failure(`The version ${values.version} is not in ${values.data}`);
  const { package: folder, signer = null } = values;
  const origin = { package: folder, signer, signed: existsSync(join(folder, signatureName)) };
  await applyVersion(version, data, origin, { skipTrial: values["skip-trial"] });
});
