import type { EngineFacts } from "./facts.ts";

/** The oldest Docker that this project is tested with. */
export const oldestDocker = "20.10";

/** Whether a version such as `28.2.2` or `20.10.24+dfsg1` is this one or newer. */
export function isAtLeast(version: string | null | undefined, minimum: string): boolean {
  const [major = NaN, minor = 0] = (version ?? "").split(".").map((part) => Number.parseInt(part, 10));
  const [wantedMajor = 0, wantedMinor = 0] = minimum.split(".").map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

/** Why this program cannot use an engine and what to use instead, in one sentence; undefined when it can. */
export function engineProblem({ endpoint, info, components, near, host }: EngineFacts): string | undefined {
  const what = `The engine at ${endpoint}`;
  if (components.some((name) => /podman/i.test(name)))
    return `${what} is Podman's emulation of Docker, which is not supported: install Docker Engine, and choose it with DOCKER_HOST or \`docker context use\``;
  if (/docker desktop/i.test(info.OperatingSystem ?? ""))
    return `${what} is Docker Desktop, whose containers this host cannot reach by their addresses: use a Docker Engine of this machine`;
  if ((info.SecurityOptions ?? []).some((option) => option.includes("name=rootless")))
    return `${what} is rootless, and this host cannot reach its containers by their addresses: use the engine that root runs`;
  if (!isAtLeast(info.ServerVersion, oldestDocker))
    return `${what} is Docker ${info.ServerVersion ?? "of an unknown version"}: install ${oldestDocker} or newer`;
  if (!near)
    return `${what} runs in another network namespace, and this host cannot reach its containers: run this program where the engine runs`;
  if (!endpoint.startsWith("unix://") && info.Name !== host)
    return `${what} is that of ${info.Name ?? "another host"} behind a tunnel, and ${host} cannot reach its containers: run this program where the engine runs`;
  return undefined;
}
