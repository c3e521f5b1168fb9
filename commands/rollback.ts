import { parseArgs } from "node:util";
import { rollBack } from "../offline/host/deployment.ts";
import { DataFolder } from "../offline/host/data-folder.ts";
import { main } from "../support/main.ts";

const { values } = parseArgs({ options: { data: { type: "string", default: "/var/lib/gemma" } } });

await main(() => rollBack(new DataFolder(values.data)));
