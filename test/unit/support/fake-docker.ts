import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { vi } from "vitest";
import { fakeEngine } from "./fake-engine.ts";
import { fakePrograms } from "./fake-program.ts";
import { tempFolder } from "./temp-folder.ts";

/** What is in a fake engine. */
export interface FakeDockerArgs {
  /** IDs of containers with the labels that are asked for. */
  readonly containers?: readonly string[];
  /** IDs of networks with the labels that are asked for. */
  readonly networks?: readonly string[];
  /** What `network inspect` prints, by the network's ID; others are not there. */
  readonly inspected?: Readonly<Record<string, string>>;
  /** Why `network rm` fails for each, by the network's ID. */
  readonly stuck?: Readonly<Record<string, string>>;
  /** Where it is; a new one otherwise. */
  readonly endpoint?: string;
}

/** Puts a docker before the system's own that writes down how it is called, and tells the calls but for the engine's place. */
export function fakeDocker(args: FakeDockerArgs = {}): () => string[] {
  const { containers = [], networks = [], inspected = {}, stuck = {}, endpoint = fakeEngine() } = args;
  const folder = tempFolder();
  // An engine that was chosen, so that the CLI is asked for it.
  vi.stubEnv("DOCKER_CONTEXT", "test");
  const context = { Name: "test", Endpoints: { docker: { Host: endpoint } } };
  writeFileSync(join(folder, "context"), JSON.stringify(context));
  writeFileSync(join(folder, "containers"), containers.map((id) => `${id}\n`).join(""));
  writeFileSync(join(folder, "networks"), networks.map((id) => `${id}\n`).join(""));
  for (const [id, text] of Object.entries(inspected)) writeFileSync(join(folder, `network-${id}`), text);
  for (const [id, reason] of Object.entries(stuck)) writeFileSync(join(folder, `stuck-${id}`), reason);
  fakePrograms({
    docker: [
      `here='${folder}'`,
      'if [ "$1 $2" = "context inspect" ]; then cat "$here/context"; exit; fi',
      'echo "$*" >>"$here/calls"',
      'case "$1 $2" in',
      '"container ls") cat "$here/containers" ;;',
      '"network ls") cat "$here/networks" ;;',
      '"container rm") eval "id=\\${$#}"; grep -v "^$id\\$" "$here/containers" >"$here/left"; mv "$here/left" "$here/containers" ;;',
      '"network rm") if [ -e "$here/stuck-$3" ]; then cat "$here/stuck-$3" >&2; exit 1; fi; grep -v "^$3\\$" "$here/networks" >"$here/left"; mv "$here/left" "$here/networks" ;;',
      '"network inspect") cat "$here/network-${5:-$3}" ;;',
      "*) exit 1 ;;",
      "esac",
    ].join("\n"),
  });
  return () =>
    existsSync(join(folder, "calls")) ? readFileSync(join(folder, "calls"), "utf8").trimEnd().split("\n") : [];
}
