import { tryDocker } from "./docker.ts";

/** How a container is, in Docker's words. */
export interface ContainerState {
  readonly name: string;
  /** `running`, `exited`, `restarting` … */
  readonly state: string;
  /** What its health check says; null without one. */
  readonly health: string | null;
}

/** What is wrong with a container, and where to look; undefined for one that is well, or is starting. */
export function unwellness({ name, state, health }: ContainerState): string | undefined {
  if (state !== "running") return `The container ${name} does not run: it is ${state}; look into docker logs ${name}`;
  return health === "unhealthy"
    ? `The container ${name} runs, and its health check fails: look into docker logs ${name}`
    : undefined;
}

/** What is wrong with those of some containers that are not well; nothing of those that Docker does not tell of. */
export async function unwellContainers(ids: readonly string[]): Promise<string[]> {
  const format = "{{.Name}} {{.State.Status}} {{with .State.Health}}{{.Status}}{{end}}";
  const found = await Promise.all(ids.map((id) => tryDocker("container", "inspect", "--format", format, id)));
  return found.flatMap((text) => {
    const [name = "", state = "", health = ""] = (text ?? "").replace(/^\//, "").split(" ");
    return text === undefined ? [] : (unwellness({ name, state, health: health === "" ? null : health }) ?? []);
  });
}
