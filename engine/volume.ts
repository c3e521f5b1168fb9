import { ask } from "./facts.ts";
import { defineTool, docker } from "./docker.ts";
import { hasLabels, type StackLabels } from "./stack-labels.ts";
import { Failure, reasonOf } from "../support/failure.ts";
import { withoutProxies } from "../support/proxy.ts";

/** A volume, and what runs beside it to work in it. */
export interface VolumePlace {
  readonly volume: string;
  /** ID of an image with a shell. */
  readonly image: string;
}

/** What a script may do in a volume. */
export interface ScriptRights {
  /** User and group. */
  readonly user: number;
  /** Capabilities beside none at all, in Docker's spelling. */
  readonly capabilities?: readonly string[];
}

const limits = ["--network", "none", "--read-only", "--security-opt", "no-new-privileges", "--cap-drop", "ALL"];

/**
 * Runs a shell script in a short-lived container, in the folder of a volume; it knows `tool`, as {@link defineTool} has it.
 * @returns what it printed
 * @throws Failure with what it printed as an error, or one that says why Docker cannot mount the volume
 */
export async function runInVolume(
  { volume, image }: VolumePlace,
  script: string,
  { user, capabilities = [] }: ScriptRights,
): Promise<string> {
  // A folder that the image has would hand its owner on to an empty volume.
  const mount = ["--mount", `type=volume,source=${volume},target=/volume,volume-nocopy`, "--workdir", "/volume"];
  const rights = ["--user", `${user}:${user}`, ...capabilities.flatMap((name) => ["--cap-add", name])];
  const options = ["--rm", "--pull", "never", "--entrypoint", "sh", ...withoutProxies, ...limits, ...rights, ...mount];
  try {
    return await docker("run", ...options, image, "-c", `${defineTool}\n${script}`);
  } catch (error) {
    const [, reason] = /error while mounting volume '[^']*': (.*)/.exec(reasonOf(error)) ?? [];
    if (reason === undefined) throw error;
    throw new Failure(
      `Docker cannot mount the volume ${volume}: ${reason}. Correct its options (\`docker volume inspect ${volume}\`), or set volume.name to another`,
    );
  }
}

/**
 * Whether a volume is there that was not made with these labels: somebody else's, or that of an earlier version.
 *
 * Docker keeps the labels with which a volume was made, whatever it is asked for later.
 */
export async function isForeignVolume(endpoint: string, name: string, labels: StackLabels): Promise<boolean> {
  const found = await ask<{ readonly Labels: Readonly<Record<string, string>> | null }>(
    endpoint,
    `/volumes/${encodeURIComponent(name)}`,
  ).catch(() => undefined);
  return found !== undefined && !hasLabels(found.Labels, labels);
}
