import { rollBack } from "../offline/host/deployment.ts";
import { DataFolder } from "../offline/host/data-folder.ts";
import { main } from "../support/main.ts";
import { readOptions } from "../support/options.ts";

await main(async () => {
  const options = { data: { type: "string", default: "/var/lib/gemma" } } as const;
  const { values } = readOptions({ options }, "deploy.sh --rollback [--data DIR]");
  await rollBack(new DataFolder(values.data));
});
