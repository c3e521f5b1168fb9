/** A container as the program declares it, as far as the docker CLI has arguments for it. */
interface DeclaredContainer {
  readonly command: readonly string[];
  readonly envs?: readonly string[];
  readonly memory?: number;
  readonly memorySwap?: number;
  readonly memoryReservation?: number;
  readonly shmSize: number;
  readonly cpus?: string;
  readonly cpuShares: number;
  readonly user: string;
  readonly readOnly: boolean;
  readonly tmpfs: Readonly<Record<string, string>>;
  readonly capabilities: { readonly drops: readonly string[]; readonly adds?: readonly string[] };
  readonly securityOpts: readonly string[];
  readonly logDriver: string;
  readonly logOpts: Readonly<Record<string, string>>;
  readonly ports?: readonly { readonly internal: number; readonly external?: number | string; readonly ip: string }[];
  readonly restart: string;
}

/** What only an argument of `docker run` that was set says. */
const option = (name: string, value: string | number | undefined) => (value === undefined ? [] : [name, String(value)]);
const mebibytes = (size: number | undefined) => (size === undefined ? undefined : `${size}m`);
const published = (port: NonNullable<DeclaredContainer["ports"]>[number]) => {
  const host = port.ip.includes(":") ? `[${port.ip}]` : port.ip;
  return `${host}:${typeof port.external === "number" ? port.external : ""}:${port.internal}`;
};

/**
 * Arguments of `docker run` for a container that the program declares, without its networks, volumes and GPUs.
 * @param scratch - further folders in memory, in the place of its volumes
 */
export function runArguments(declared: unknown, image: string, scratch: readonly string[]): string[] {
  const container = declared as DeclaredContainer;
  const { memory, memorySwap, memoryReservation, capabilities, user } = container;
  const [id = ""] = user.split(":");
  return [
    ...(container.envs ?? []).flatMap((variable) => ["--env", variable]),
    ...option("--memory", mebibytes(memory)),
    ...option("--memory-swap", mebibytes(memorySwap)),
    ...option("--memory-reservation", mebibytes(memoryReservation)),
    ...option("--shm-size", mebibytes(container.shmSize)),
    ...option("--cpus", container.cpus),
    ...option("--cpu-shares", container.cpuShares),
    ...["--user", user, "--restart", container.restart, "--log-driver", container.logDriver],
    ...(container.readOnly ? ["--read-only"] : []),
    ...Object.entries(container.tmpfs).flatMap(([folder, options]) => ["--tmpfs", `${folder}:${options}`]),
    ...scratch.flatMap((folder) => ["--tmpfs", `${folder}:uid=${id},gid=${id}`]),
    ...capabilities.drops.flatMap((name) => ["--cap-drop", name]),
    ...(capabilities.adds ?? []).flatMap((name) => ["--cap-add", name]),
    ...container.securityOpts.flatMap((text) => ["--security-opt", text]),
    ...Object.entries(container.logOpts).flatMap(([name, value]) => ["--log-opt", `${name}=${value}`]),
    ...(container.ports ?? []).flatMap((port) => ["--publish", published(port)]),
    image,
    ...container.command,
  ];
}
