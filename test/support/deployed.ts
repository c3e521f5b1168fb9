import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ClosedHost } from "./closed-host.ts";

interface Inspected {
  readonly Name: string;
  readonly Image: string;
  readonly State: { readonly Running: boolean };
  readonly Config: { readonly Env: readonly string[] | null; readonly Labels: Readonly<Record<string, string>> };
  readonly HostConfig: { readonly Memory: number; readonly RestartPolicy: { readonly Name: string } };
}

interface Checkpoint {
  readonly checkpoint: {
    readonly latest: {
      readonly resources?: readonly { readonly urn: string; readonly delete?: boolean }[];
      readonly pending_operations?: readonly unknown[];
    };
  };
}

/** What an engine, a data folder and a state hold of a deployment, without what is new each time. */
export async function deployed(host: ClosedHost): Promise<object> {
  const lines = async (...command: [string, ...string[]]) =>
    (await host.must(...command)).split("\n").filter((line) => line !== "");
  const ids = await host.containers();
  const containers =
    ids.length === 0 ? [] : (JSON.parse(await host.must("docker", "inspect", ...ids)) as readonly Inspected[]);
  const networks = await lines("docker", "network", "ls", "--format", "{{.Name}}", "--filter", "type=custom");
  const folders = await host.run("find", host.data, "-mindepth", "1", "-maxdepth", "2", "-not", "-name", "*.lastused");
  return {
    containers: containers
      .map(({ Name, Image, State, Config, HostConfig }) => ({
        name: withoutSuffix(Name),
        image: Image,
        running: State.Running,
        env: [...(Config.Env ?? [])].sort(),
        labels: Object.keys(Config.Labels).sort(),
        memory: HostConfig.Memory,
        restart: HostConfig.RestartPolicy.Name,
      }))
      .sort((a, b) => a.name.localeCompare(b.name)),
    networks: networks.map(withoutSuffix).sort(),
    volumes: (await lines("docker", "volume", "ls", "--quiet")).map(withoutSuffix).sort(),
    images: (await host.images()).sort(),
    ids: (await lines("docker", "images", "--all", "--quiet", "--no-trunc")).sort(),
    files: folders.stdout
      .split("\n")
      .map((path) => path.slice(host.data.length + 1))
      .filter((path) => path !== "" && !path.startsWith("logs"))
      .sort(),
    state: await resourcesOf(host),
  };
}

/** Types and names of what Pulumi's state holds, and how many operations it does not know the end of. */
async function resourcesOf(host: ClosedHost): Promise<object> {
  const file = join(host.data, "state/.pulumi/stacks/gemma/prod.json");
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return {};
  const { resources = [], pending_operations: pending = [] } = (JSON.parse(text) as Checkpoint).checkpoint.latest;
  const names = resources.map(({ urn, delete: old }) => `${urn}${old ? " to be deleted" : ""}`);
  return { resources: names.sort(), pending: pending.length };
}

/** The random end of a name that Pulumi has made. */
function withoutSuffix(name: string): string {
  return name.replace(/-[0-9a-f]{7}$/, "");
}
