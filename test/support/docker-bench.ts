import { docker } from "./shell.ts";

interface Inspected {
  readonly Name: string;
  readonly AppArmorProfile: string;
  readonly State: { readonly Health?: object };
  readonly Config: { readonly User: string };
  readonly Mounts: readonly { readonly Type: string; readonly Source: string; readonly Propagation: string }[];
  readonly NetworkSettings: {
    readonly Ports: Readonly<Record<string, readonly { HostIp: string; HostPort: string }[] | null>>;
    readonly Networks: Readonly<Record<string, object>>;
  };
  readonly HostConfig: {
    readonly Privileged: boolean;
    readonly CapAdd: readonly string[] | null;
    readonly CapDrop: readonly string[] | null;
    readonly NetworkMode: string;
    readonly PidMode: string;
    readonly IpcMode: string;
    readonly UTSMode: string;
    readonly UsernsMode: string;
    readonly CgroupParent: string;
    readonly Memory: number;
    readonly NanoCpus: number;
    readonly CpuShares: number;
    readonly PidsLimit: number | null;
    readonly ReadonlyRootfs: boolean;
    readonly RestartPolicy: { readonly MaximumRetryCount: number };
    readonly Devices: readonly object[] | null;
    readonly Ulimits: readonly object[] | null;
    readonly SecurityOpt: readonly string[] | null;
    readonly LogConfig: { readonly Type: string; readonly Config: Readonly<Record<string, string>> };
  };
}

type Rule = readonly [string, (container: Inspected) => boolean];

const bindings = ({ NetworkSettings: { Ports } }: Inspected) => Object.values(Ports).flatMap((ports) => ports ?? []);
const sensitive = /^\/($|boot|dev|etc|lib|proc|sys|usr|var\/run|run)(\/|$)/;
/** What Docker gives a container that asks for nothing. */
const ordinary =
  /^(CAP_)?(CHOWN|DAC_OVERRIDE|FSETID|FOWNER|MKNOD|NET_RAW|SETGID|SETUID|SETFCAP|SETPCAP|NET_BIND_SERVICE|SYS_CHROOT|KILL|AUDIT_WRITE)$/;

/**
 * Section 5 of docker-bench-security (CIS Docker Benchmark 1.6.0), as far as `docker inspect` tells, and what goes beyond it.
 *
 * Left out: 5.1 and 5.25 (the engine's own), 5.3 (SELinux hosts), 5.7 (no image here has sshd), 5.23 and 5.24 (what people
 * do with `docker exec`), 5.28 (a closed network has no newer image).
 */
export const rules: readonly Rule[] = [
  ["5.2 AppArmor profile", ({ AppArmorProfile }) => !["", "unconfined"].includes(AppArmorProfile)],
  [
    "5.4 no capabilities beyond Docker's own",
    ({ HostConfig: { CapAdd } }) => (CapAdd ?? []).every((name) => ordinary.test(name)),
  ],
  ["5.5 not privileged", ({ HostConfig }) => !HostConfig.Privileged],
  [
    "5.6 no sensitive folder of the host",
    ({ Mounts }) => !Mounts.some((mount) => mount.Type === "bind" && sensitive.test(mount.Source)),
  ],
  ["5.8 no privileged port", (container) => bindings(container).every(({ HostPort }) => Number(HostPort) >= 1024)],
  ["5.10 not the host's network", ({ HostConfig }) => HostConfig.NetworkMode !== "host"],
  ["5.11 memory limit", ({ HostConfig }) => HostConfig.Memory > 0],
  ["5.12 CPU shares", ({ HostConfig }) => HostConfig.CpuShares > 0],
  ["5.13 read-only root", ({ HostConfig }) => HostConfig.ReadonlyRootfs],
  [
    "5.14 bound to one address",
    (container) => bindings(container).every(({ HostIp }) => !["", "0.0.0.0", "::"].includes(HostIp)),
  ],
  ["5.15 at most five restarts of on-failure", ({ HostConfig }) => HostConfig.RestartPolicy.MaximumRetryCount <= 5],
  ["5.16 not the host's processes", ({ HostConfig }) => HostConfig.PidMode !== "host"],
  ["5.17 not the host's IPC", ({ HostConfig }) => HostConfig.IpcMode !== "host"],
  ["5.18 no devices of the host", ({ HostConfig }) => (HostConfig.Devices ?? []).length === 0],
  ["5.19 the engine's own ulimits", ({ HostConfig }) => (HostConfig.Ulimits ?? []).length === 0],
  ["5.20 no shared mount propagation", ({ Mounts }) => Mounts.every(({ Propagation }) => Propagation !== "shared")],
  ["5.21 not the host's UTS", ({ HostConfig }) => HostConfig.UTSMode !== "host"],
  [
    "5.22 seccomp on",
    ({ HostConfig }) =>
      !(HostConfig.SecurityOpt ?? []).some(
        (option) => option.includes("seccomp=unconfined") || option.includes("seccomp:unconfined"),
      ),
  ],
  [
    "5.26 no new privileges",
    ({ HostConfig }) => (HostConfig.SecurityOpt ?? []).some((option) => /^no-new-privileges([:=]true)?$/.test(option)),
  ],
  ["5.27 health check", ({ State }) => State.Health !== undefined],
  ["5.29 pids limit", ({ HostConfig }) => (HostConfig.PidsLimit ?? 0) > 0],
  ["5.30 not the default bridge", ({ NetworkSettings }) => !("bridge" in NetworkSettings.Networks)],
  ["5.31 not the host's users", ({ HostConfig }) => HostConfig.UsernsMode !== "host"],
  ["5.32 no Docker socket", ({ Mounts }) => !Mounts.some(({ Source }) => Source.endsWith("docker.sock"))],
  ["a user of its own", ({ Config }) => /^[1-9]\d*:[1-9]\d*$/.test(Config.User)],
  ["all capabilities dropped", ({ HostConfig }) => HostConfig.CapDrop?.join() === "ALL"],
  ["CPU limit", ({ HostConfig }) => HostConfig.NanoCpus > 0],
  [
    "log rotation",
    ({ HostConfig }) => HostConfig.LogConfig.Type === "json-file" && "max-size" in HostConfig.LogConfig.Config,
  ],
];

/** Rules that parts of a stack break for what they do, as the document on hardening tells. */
export const brokenOnPurpose = {
  watcher: ["5.6 no sensitive folder of the host", "5.16 not the host's processes"],
  prometheus: ["5.27 health check"],
  alertmanager: ["5.27 health check"],
  "blackbox-exporter": ["5.27 health check"],
  "json-exporter": ["5.27 health check"],
  "node-exporter": ["5.6 no sensitive folder of the host", "5.27 health check"],
  grafana: ["5.27 health check"],
} as const;

/** Names of the rules that a container breaks. */
export async function brokenBy(container: string): Promise<string[]> {
  const [inspected] = JSON.parse(await docker("inspect", container)) as [Inspected];
  return rules.filter(([, holds]) => !holds(inspected)).map(([name]) => name);
}

/** Rules that cannot hold on this engine, with the reason. */
export async function exceptions(): Promise<Readonly<Record<string, string>>> {
  const options = await docker("info", "--format", "{{.SecurityOptions}}");
  return options.includes("apparmor") ? {} : { "5.2 AppArmor profile": "this host's kernel has no AppArmor" };
}
