import { DataFolder } from "../offline/host/data-folder.ts";
import { statusOf } from "../offline/host/status.ts";
import { statusCode, statusJson, statusText } from "../offline/host/status-report.ts";
import { main } from "../support/main.ts";
import { readOptions } from "../support/options.ts";

await main(async () => {
  const options = {
    data: { type: "string", default: "/var/lib/gemma" },
    json: { type: "boolean", default: false },
  } as const;
  const { values } = readOptions({ options }, "deploy.sh --status [--json] [--data DIR]");
  const status = await statusOf(new DataFolder(values.data));
  process.stdout.write(values.json ? statusJson(status) : statusText(status));
  process.exitCode = statusCode(status);
});
