import { docker, tryDocker } from "../engine/docker.ts";
import { say } from "../support/progress.ts";
import { containerType, type Deployment, type RecordedResource } from "./local-state.ts";

/** A network that a container was made in. */
interface Attachment {
  readonly name: string;
  readonly aliases?: readonly string[];
}

/** Networks that a container was made in. */
function networksOf({ inputs }: RecordedResource): readonly Attachment[] {
  return (inputs?.["networksAdvanced"] ?? []) as readonly Attachment[];
}

/**
 * Puts containers back on networks that they were taken off with `docker network disconnect`.
 *
 * Pulumi's provider does not look, and takes them for what they were.
 */
export async function reconnect({ resources = [] }: Deployment): Promise<void> {
  for (const resource of resources) {
    const wanted = resource.type === containerType ? networksOf(resource) : [];
    if (resource.id !== undefined && wanted.length > 0) await reconnectContainer(resource.id, wanted);
  }
}

async function reconnectContainer(id: string, wanted: readonly Attachment[]): Promise<void> {
  const text = await tryDocker("container", "inspect", "--format", "{{json .NetworkSettings.Networks}}", id);
  // What is gone altogether, Pulumi makes anew.
  if (text === undefined) return;
  const present = Object.keys((JSON.parse(text) as object | null) ?? {});
  let isBack = false;
  for (const { name, aliases = [] } of wanted) {
    if (present.includes(name) || (await tryDocker("network", "inspect", name)) === undefined) continue;
    say(`Putting the container ${id.slice(0, 12)} back on its network ${name}, which it was taken off`);
    await docker("network", "connect", ...aliases.flatMap((alias) => ["--alias", alias]), name, id);
    isBack = true;
  }
  // One between networks keeps connections to the other side, which lead nowhere now, and would ask the next request there.
  if (isBack && wanted.length > 1) await docker("restart", "--time", "1", id);
}
