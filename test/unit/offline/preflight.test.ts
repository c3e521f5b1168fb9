import { describe, expect, it } from "vitest";
import type { Networks } from "../../../config/host-networks.ts";
import type { GpuReservation } from "../../../config/gpu-reservation.ts";
import { dataFolderChecks } from "../../../offline/preflight/data-folder-check.ts";
import { checkHost, type Check, type Needs, type Wanted } from "../../../offline/preflight/checks.ts";
import type { DockerFacts } from "../../../offline/preflight/docker-facts.ts";
import type { Facts } from "../../../offline/preflight/facts.ts";
import type { PublishedPort } from "../../../offline/preflight/port-facts.ts";
import type { Finding } from "../../../gateway/finding.ts";
import type { HostFacts } from "../../../offline/preflight/host-facts.ts";
import type { NvidiaFacts } from "../../../offline/preflight/nvidia-facts.ts";
import { isReady, reportJson, reportText } from "../../../offline/preflight/report.ts";

const GiB = 1024 ** 3;

/** Parts of the facts of a good host that a test changes. */
interface Changes extends Partial<Omit<Facts, "host" | "docker" | "nvidia">> {
  readonly host?: Partial<HostFacts>;
  readonly docker?: Partial<DockerFacts>;
  readonly nvidia?: Partial<NvidiaFacts>;
}

function facts({ host, docker, nvidia, ...rest }: Changes = {}): Facts {
  return {
    host: {
      platform: "linux",
      architecture: "x64",
      cpuFlags: ["sse4_2", "avx", "f16c", "fma", "avx2", "bmi2"],
      memoryTotal: 32 * GiB,
      memoryAvailable: 24 * GiB,
      now: "2026-11-22T12:00:00.000Z",
      ...host,
    },
    docker: {
      failure: null,
      refusal: null,
      version: "28.2.2",
      cpus: 8,
      storageDriver: "overlay2",
      containerdStore: false,
      rootFolder: "/var/lib/docker",
      imageFolder: "/var/lib/docker",
      cgroupDriver: "systemd",
      cgroupVersion: "2",
      runtimes: ["runc"],
      defaultRuntime: "runc",
      usersRemapped: false,
      cdiFolders: ["/etc/cdi", "/var/run/cdi"],
      ...docker,
    },
    nvidia: {
      driver: "570.133.20",
      gpus: [
        { index: "0", name: "NVIDIA A10", uuid: "GPU-f15ae561-21b1" },
        { index: "1", name: "NVIDIA A10", uuid: "GPU-466be1f8-6148" },
        { index: "1:0", name: "MIG 1g.6gb", uuid: "MIG-c7384736-a75d" },
      ],
      memory: { "GPU-f15ae561-21b1": 24 * GiB, "GPU-466be1f8-6148": 12 * GiB },
      listFailure: null,
      runtimeHook: "/usr/bin/nvidia-container-runtime-hook",
      cdiHook: "/usr/bin/nvidia-cdi-hook",
      runtime: "/usr/bin/nvidia-container-runtime",
      ctk: "/usr/bin/nvidia-ctk",
      devices: ["nvidia0", "nvidiactl"],
      unlinked: [],
      ...nvidia,
    },
    cdi: [],
    imageSpace: { folder: "/var/lib/docker", free: 40 * GiB, freeInodes: 1_000_000, device: 1 },
    volumeSpace: { folder: "/var/lib/docker/volumes", free: 40 * GiB, freeInodes: 1_000_000, device: 1 },
    figures: 0,
    dataSpace: { folder: "/opt/gemma", free: 10 * GiB, freeInodes: 1_000_000, device: 2 },
    port: { state: "free", holder: null },
    furtherPorts: {},
    certificate: null,
    networks: { taken: [], routes: [], pools: [{ base: "172.18.0.0/15", bits: 16 }] },
    boot: { enabled: true, afterNetwork: true, nonlocalBind: { ipv4: false, ipv6: false } },
    ...rest,
  };
}

const needs: Needs = {
  memoryBytes: 16 * GiB,
  modelBytes: 7 * GiB,
  gpus: { kind: "none" },
  address: "127.0.0.1",
  port: 11434,
  engineBytes: 12 * GiB,
  containerdBytes: 30 * GiB,
  dataBytes: 2 * GiB,
  certificate: null,
  created: "2026-11-20T08:00:00.000Z",
};

const wanted: Wanted = {
  missing: {
    engine: { bytes: 12 * GiB, inodes: 30_000, keptBytes: 7 * GiB, thereBytes: 0 },
    containerd: { bytes: 30 * GiB, inodes: 30_000, keptBytes: 30 * GiB, thereBytes: 0 },
    data: { bytes: 2 * GiB, inodes: 20_000, keptBytes: 2 * GiB, thereBytes: 0 },
  },
  growth: { figures: 5 * GiB, logs: GiB },
  hostProcesses: true,
  memory: null,
};

const one: GpuReservation = { kind: "count", count: 1 };

/** The check of that name for a good host and stack with these changes. */
function check(
  name: string,
  changes: Changes = {},
  more: Partial<Needs> = {},
  mostly: Partial<Wanted> = {},
): Check | undefined {
  return checkHost(facts(changes), { ...needs, ...more }, { ...wanted, ...mostly }).find((each) => each.name === name);
}

/** As {@link check}, for a stack with one GPU. */
const gpuCheck = (name: string, changes: Changes = {}, gpus: GpuReservation = one) => check(name, changes, { gpus });

const summary = (checks: readonly Check[]) => checks.map(({ name, status }) => [name, status]);

describe("the checks of a host", () => {
  it("are all ok for a good host", () => {
    expect(summary(checkHost(facts(), needs, wanted))).toEqual(
      [
        ["system", "Docker", "storage driver", "space for images", "space for data", "space to grow"],
        ["memory", "CPU", "port", "cgroup driver", "clock"],
      ]
        .flat()
        .map((name) => [name, "ok"]),
    );
  });

  it("are all ok for a good host with a GPU", () => {
    const checks = checkHost(facts({ docker: { cgroupDriver: "cgroupfs" } }), { ...needs, gpus: one }, wanted);
    expect(summary(checks).slice(9)).toEqual(
      ["cgroup driver", "NVIDIA driver", "NVIDIA toolkit", "GPUs", "GPU device links", "clock"].map((name) => [
        name,
        "ok",
      ]),
    );
  });

  it("have one of the certificate where the gateway needs it, before the clock", () => {
    const certificate = { ends: "2027-11-22T12:00:00.000Z", findings: [] };
    const checks = checkHost(facts({ certificate }), { ...needs, certificate: "/tls/a.pem" }, wanted);
    expect(summary(checks).slice(9)).toEqual([
      ["cgroup driver", "ok"],
      ["certificate", "ok"],
      ["clock", "ok"],
    ]);
  });

  it("never block for what is unknown, but for Docker", () => {
    const unknown = facts({
      host: { cpuFlags: null, memoryTotal: null, memoryAvailable: null },
      docker: {
        failure: "Cannot connect to the Docker daemon",
        version: null,
        storageDriver: null,
        rootFolder: null,
        imageFolder: null,
        cgroupDriver: null,
        cgroupVersion: null,
        runtimes: [],
        defaultRuntime: null,
        usersRemapped: false,
        cdiFolders: [],
      },
      imageSpace: null,
      volumeSpace: null,
      dataSpace: null,
      port: { state: "unknown", holder: null },
    });
    expect(summary(checkHost(unknown, needs, wanted))).toEqual([
      ["system", "ok"],
      ["Docker", "blocking"],
      ["storage driver", "warning"],
      ["space for images", "warning"],
      ["space for data", "warning"],
      ["space to grow", "warning"],
      ["memory", "warning"],
      ["CPU", "warning"],
      ["port", "warning"],
      ["cgroup driver", "warning"],
      ["clock", "ok"],
    ]);
  });
});

describe("system", () => {
  it.each([
    ["linux", "x64", "ok"],
    ["linux", "arm64", "blocking"],
    ["darwin", "x64", "blocking"],
  ])("%s on %s is %s", (platform, architecture, status) => {
    expect(check("system", { host: { platform, architecture } })).toEqual({
      name: "system",
      status,
      found: `${platform} on ${architecture}`,
      needed: "linux on x64",
      advice: status === "ok" ? null : "deploy on a Linux machine with an x86-64 processor",
    });
  });
});

describe("Docker", () => {
  const needed = "Docker Engine 20.10 or newer, of this host";

  it("is ready when the engine is one that up takes", () => {
    expect(check("Docker", {})).toEqual({
      name: "Docker",
      status: "ok",
      found: "Docker Engine 28.2.2",
      needed,
      advice: null,
    });
  });

  it("blocks with what up would say of the engine", () => {
    const refusal = "The engine at unix:///run/user/1000/docker.sock is rootless: use the engine that root runs";
    expect(check("Docker", { docker: { refusal } })).toEqual({
      name: "Docker",
      status: "blocking",
      found: "Docker Engine 28.2.2",
      needed,
      advice: refusal,
    });
  });

  it.each([
    ["the program docker was not found", "install Docker Engine and its CLI, and put docker on the PATH"],
    [
      "permission denied while trying to connect to the Docker daemon socket",
      "run this as root, or as a member of the group docker",
    ],
    [
      "docker did not answer within 10 s",
      "Docker hangs: look at `journalctl -u docker`, and restart it with `systemctl restart docker`",
    ],
    [
      "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
      "start it with `systemctl start docker`, or correct DOCKER_HOST",
    ],
  ])("that says `%s` is blocking", (failure, advice) => {
    expect(check("Docker", { docker: { failure, version: null } })).toEqual({
      name: "Docker",
      status: "blocking",
      found: failure,
      needed,
      advice,
    });
  });
});

describe("storage driver", () => {
  const needed = "overlay2, or the containerd image store with overlayfs";
  const change = (setting: string) =>
    `set "storage-driver": "${setting}" in /etc/docker/daemon.json and restart Docker`;

  it.each([
    ["overlay2", false, "overlay2"],
    ["overlayfs", true, "containerd image store with overlayfs"],
  ])("%s, containerd %s, is ok", (storageDriver, containerdStore, found) => {
    expect(check("storage driver", { docker: { storageDriver, containerdStore } })).toEqual({
      name: "storage driver",
      status: "ok",
      found,
      needed,
      advice: null,
    });
  });

  it.each([
    [
      "vfs",
      false,
      "vfs",
      `vfs copies all layers into every image and container, so the model takes its size several times: ${change("overlay2")}`,
    ],
    [
      "devicemapper",
      false,
      "devicemapper",
      "devicemapper limits every container to 10 GB unless dm.basesize is raised, and is gone from Docker 25 on: " +
        change("overlay2"),
    ],
    ["aufs", false, "aufs", `aufs is gone from Docker 24 on: ${change("overlay2")}`],
    ["btrfs", false, "btrfs", `this project is not tested with btrfs: ${change("overlay2")}`],
    ["zfs", false, "zfs", `this project is not tested with zfs: ${change("overlay2")}`],
    [
      "native",
      true,
      "containerd image store with native",
      `this project is not tested with native: ${change("overlayfs")}`,
    ],
  ])("%s, containerd %s, is a warning", (storageDriver, containerdStore, found, advice) => {
    expect(check("storage driver", { docker: { storageDriver, containerdStore } })).toEqual({
      name: "storage driver",
      status: "warning",
      found,
      needed,
      advice,
    });
  });
});

describe("space", () => {
  const at = (folder: string, free: number, device: number, freeInodes: number | null = 1_000_000) => ({
    folder,
    free: free * GiB,
    freeInodes,
    device,
  });
  const { missing } = wanted;

  it("is checked on each disk", () => {
    expect(check("space for images", { imageSpace: at("/var/lib/docker", 12, 1) })).toEqual({
      name: "space for images",
      status: "ok",
      found: "12 GiB free for /var/lib/docker",
      needed: "12 GiB to load the images",
      advice: null,
    });
    expect(check("space for images", { imageSpace: at("/var/lib/docker", 11.5, 1) })).toEqual({
      name: "space for images",
      status: "blocking",
      found: "11.5 GiB free for /var/lib/docker",
      needed: "12 GiB to load the images",
      advice:
        "free another 512 MiB there, or move Docker's folder (data-root in /etc/docker/daemon.json) to a larger disk",
    });
    expect(check("space for data", { dataSpace: at("/opt/gemma", 0.5, 2) })).toEqual({
      name: "space for data",
      status: "blocking",
      found: "512 MiB free for /opt/gemma",
      needed: "2 GiB to unpack the package",
      advice: "free another 1.5 GiB there, or choose a data folder on a larger disk",
    });
  });

  it("is added up on a shared disk", () => {
    const shared = (free: number): Changes => ({
      imageSpace: at("/var/lib/docker", free, 1),
      dataSpace: at("/opt/gemma", free, 1),
    });
    expect(check("space", shared(14))).toEqual({
      name: "space",
      status: "ok",
      found: "14 GiB free for /var/lib/docker and /opt/gemma",
      needed: "14 GiB: 12 GiB to load the images + 2 GiB to unpack the package",
      advice: null,
    });
    expect(check("space", shared(13))).toEqual({
      name: "space",
      status: "blocking",
      found: "13 GiB free for /var/lib/docker and /opt/gemma",
      needed: "14 GiB: 12 GiB to load the images + 2 GiB to unpack the package",
      advice:
        "free another 1 GiB there, or move Docker's folder (data-root in /etc/docker/daemon.json) to a larger disk, " +
        "or choose a data folder on a larger disk",
    });
    expect(check("space for images", shared(14))).toBeUndefined();
  });

  it("is what the containerd image store takes where there is one", () => {
    const docker = { storageDriver: "overlayfs", containerdStore: true, imageFolder: "/var/lib/containerd" };
    expect(check("space for images", { docker, imageSpace: at("/var/lib/containerd", 29, 1) })).toEqual({
      name: "space for images",
      status: "blocking",
      found: "29 GiB free for /var/lib/containerd",
      needed: "30 GiB to load the images",
      advice:
        "free another 1 GiB there, or move containerd's folder (root in /etc/containerd/config.toml) to a larger disk",
    });
  });

  it("is a warning where it is unknown, with the need of either store", () => {
    expect(check("space for images", { docker: { storageDriver: null }, imageSpace: null })).toEqual({
      name: "space for images",
      status: "warning",
      found: "unknown",
      needed: "30 GiB to load the images",
      advice: "compare `df` with what is needed",
    });
  });

  it("is what is missing, and tells what is there already", () => {
    const engine = { bytes: 0, inodes: 0, keptBytes: 0, thereBytes: 11.1 * GiB };
    expect(
      check(
        "space for images",
        { imageSpace: at("/var/lib/docker", 0, 1, 0) },
        {},
        { missing: { ...missing, engine } },
      ),
    ).toEqual({
      name: "space for images",
      status: "ok",
      found: "0 bytes free for /var/lib/docker",
      needed: "0 bytes to load the images (11.1 GiB are there already)",
      advice: null,
    });
  });

  it("is that of inodes, where the file system has a number of them", () => {
    expect(check("space for data", { dataSpace: at("/opt/gemma", 10, 2, 19_999) })).toEqual({
      name: "space for data",
      status: "blocking",
      found: "10 GiB and 19999 inodes free for /opt/gemma",
      needed: "2 GiB and 20000 inodes to unpack the package",
      advice: "remove 1 files there, which `df -i` counts, or choose a data folder on a larger disk",
    });
    expect(check("space for data", { dataSpace: at("/opt/gemma", 10, 2, 20_000) })?.status).toBe("ok");
    expect(check("space for data", { dataSpace: at("/opt/gemma", 10, 2, null) })?.status).toBe("ok");
    const shared = { imageSpace: at("/var/lib/docker", 13, 1, 49_999), dataSpace: at("/opt/gemma", 13, 1, 49_999) };
    expect(check("space", shared)).toMatchObject({
      status: "blocking",
      needed: "14 GiB: 12 GiB and 30000 inodes to load the images + 2 GiB and 20000 inodes to unpack the package",
      advice: expect.stringMatching(
        /^free another 1 GiB there and remove 1 files there, which `df -i` counts, or move Docker's folder/,
      ) as string,
    });
  });
});

describe("the watcher", () => {
  it("is not started by a Docker with userns-remap; a line is there for a package with one alone", () => {
    const docker = { usersRemapped: true };
    expect(check("watcher", { docker })).toEqual({
      name: "watcher",
      status: "blocking",
      found: "Docker has userns-remap, and starts no container that sees the host's processes",
      needed: "a Docker without userns-remap",
      advice: "remove userns-remap from /etc/docker/daemon.json, or change the key watcher.enabled to false",
    });
    expect(check("watcher", { docker }, {}, { hostProcesses: false })).toBeUndefined();
    expect(check("watcher")).toBeUndefined();
  });
});

describe("space to grow", () => {
  const at = (free: number, device = 1) => ({
    volumeSpace: { folder: "/var/lib/docker/volumes", free: free * GiB, freeInodes: null, device },
  });
  const grow = (changes: Changes, mostly: Partial<Wanted> = {}) => check("space to grow", changes, {}, mostly);
  const move = "move Docker's folder (data-root in /etc/docker/daemon.json) to a larger disk";

  it("is wanted beside what the images keep of the same disk", () => {
    expect(grow(at(13))).toEqual({
      name: "space to grow",
      status: "ok",
      found: "13 GiB free for /var/lib/docker/volumes, of which the deployment takes 7 GiB",
      needed: "5 GiB for figures and 1 GiB for logs, in time",
      advice: null,
    });
    expect(grow(at(12.5))).toMatchObject({
      status: "warning",
      advice: `free another 512 MiB there, lower monitoring.retentionSize, or ${move}`,
    });
    expect(grow({ ...at(36), docker: { containerdStore: true } })).toMatchObject({
      status: "ok",
      found: "36 GiB free for /var/lib/docker/volumes, of which the deployment takes 30 GiB",
    });
  });

  it("is wanted beside the data folder where that is on the same disk, and alone on a disk of its own", () => {
    const dataSpace = { folder: "/opt/gemma", free: 10 * GiB, freeInodes: null, device: 1 };
    expect(grow({ ...at(15), dataSpace })).toMatchObject({
      status: "ok",
      found: "15 GiB free for /var/lib/docker/volumes, of which the deployment takes 9 GiB",
    });
    expect(grow({ ...at(14.9), dataSpace })?.status).toBe("warning");
    expect(grow(at(6, 3))).toMatchObject({ status: "ok", found: "6 GiB free for /var/lib/docker/volumes" });
    expect(grow(at(5.9, 3))?.status).toBe("warning");
  });

  it("is less by the figures that are there, and by no more than they may be", () => {
    const needed = "3 GiB for figures (2 GiB are there already) and 1 GiB for logs, in time";
    expect(grow({ ...at(4, 3), figures: 2 * GiB })).toMatchObject({ status: "ok", needed });
    expect(grow({ ...at(3.9, 3), figures: 2 * GiB })?.status).toBe("warning");
    expect(grow({ ...at(0.9, 3), figures: 9 * GiB })?.status).toBe("warning");
  });

  it("is that of logs without monitoring", () => {
    expect(grow(at(0.5, 3), { growth: { figures: 0, logs: GiB } })).toEqual({
      name: "space to grow",
      status: "warning",
      found: "512 MiB free for /var/lib/docker/volumes",
      needed: "1 GiB for logs, in time",
      advice: `free another 512 MiB there, lower logging.maxSize, or ${move}`,
    });
  });

  it("is not looked at for a package that does not tell, and unknown where Docker does not answer", () => {
    expect(grow({}, { growth: null })).toBeUndefined();
    expect(grow({ volumeSpace: null })).toMatchObject({
      status: "warning",
      found: "unknown",
      advice: "compare `df` with what is needed",
    });
  });
});

describe("memory", () => {
  const memory = (
    total: number | null,
    available: number | null,
    change: { limit?: number; need?: number | null; cgroupVersion?: string; more?: Partial<Needs> } = {},
  ) => {
    const { limit, need, cgroupVersion, more } = { limit: 16, need: 9, cgroupVersion: "2", more: {}, ...change };
    const bytes = (size: number | null) => (size === null ? null : size * GiB);
    return check(
      "memory",
      { host: { memoryTotal: bytes(total), memoryAvailable: bytes(available) }, docker: { cgroupVersion } },
      { memoryBytes: limit * GiB, ...more },
      { memory: bytes(need) },
    );
  };
  const others =
    "stop what else uses memory, unless it is the running version of this service, which gives its own back when it is replaced";
  const ceiling =
    "about the key memory: the limit, 16 GiB, is more than the memory of this host, 15.5 GiB, and does not protect it: " +
    "write less than 15.5 GiB to keep some for the system";

  it.each([
    [32, 24, "ok", "24 GiB available of 32 GiB", null],
    [16, 9, "ok", "9 GiB available of 16 GiB", null],
    [32, 8.5, "warning", "8.5 GiB available of 32 GiB", others],
    [15.5, 15, "warning", "15 GiB available of 15.5 GiB", ceiling],
    [15.5, 8, "warning", "8 GiB available of 15.5 GiB", `${others}; ${ceiling}`],
    [8.5, 8, "blocking", "8 GiB available of 8.5 GiB", "add memory, or deploy a package with a smaller model"],
    [null, 5, "warning", "unknown, /proc/meminfo does not say", "compare `free -b` with what is needed"],
    [8, null, "warning", "unknown, /proc/meminfo does not say", "compare `free -b` with what is needed"],
  ])("%s GiB with %s GiB available is %s", (total, available, status, found, advice) => {
    const needed = "9 GiB for the model and what it works with";
    expect(memory(total, available)).toEqual({ name: "memory", status, found, needed, advice });
  });

  it("is compared with the model alone where nothing more is known, unless GPUs hold it", () => {
    const unknown = { need: null, limit: 0 };
    expect(memory(8, 7, unknown)).toEqual({
      name: "memory",
      status: "ok",
      found: "7 GiB available of 8 GiB",
      needed: "room for the model (7 GiB)",
      advice: null,
    });
    expect(memory(8, 6, unknown)?.status).toBe("warning");
    expect(memory(6, 6, unknown)?.status).toBe("blocking");
    expect(memory(6, 6, { ...unknown, more: { gpus: one } })?.status).toBe("ok");
  });

  it("is all of the host's for Ollama under cgroup v1, whatever the limit", () => {
    expect(memory(32, 24, { cgroupVersion: "1" })).toMatchObject({
      status: "warning",
      advice:
        "about the key memory: under cgroup v1 Ollama reckons with all 32 GiB of the host's memory and not with the limit, 16 GiB, " +
        "beyond which the kernel ends it: start the host with cgroup v2 (systemd.unified_cgroup_hierarchy=1 on the kernel's " +
        "command line), or keep to models and contexts that fit the limit",
    });
    expect(memory(32, 24, { cgroupVersion: "1", limit: 0 })?.status).toBe("ok");
    expect(memory(32, 24, { cgroupVersion: "1", limit: 32 })?.status).toBe("ok");
  });
});

describe("CPU", () => {
  const remedy = "in a virtual machine, give it the host's CPU model (host-passthrough), else use a newer processor";

  it.each([
    [["sse4_2", "avx", "avx2", "f16c", "fma", "bmi2"], "ok", "avx, avx2, f16c, fma, bmi2", null],
    [
      ["sse4_2", "avx", "f16c"],
      "warning",
      "no avx2, fma, bmi2",
      `expect slow answers from what runs on the CPU; ${remedy}`,
    ],
    [
      ["sse4_2"],
      "warning",
      "no avx, avx2, f16c, fma, bmi2",
      `expect very slow answers from what runs on the CPU; ${remedy}`,
    ],
    [null, "warning", "unknown, /proc/cpuinfo lists no flags", "look at `lscpu`"],
  ])("with the flags %s is %s", (cpuFlags, status, found, advice) => {
    expect(check("CPU", { host: { cpuFlags } })).toEqual({
      name: "CPU",
      status,
      found,
      needed: "avx, avx2, f16c, fma, bmi2",
      advice,
    });
  });
});

describe("a port beside the service's", () => {
  const beside = (state: PublishedPort["state"], holder: PublishedPort["holder"] = null) => {
    const key = "monitoring.grafana.port";
    return check(key, { furtherPorts: { [key]: { port: 3000, state, holder } } });
  };

  it("is free, or held by this service, and stands behind its own", () => {
    expect(beside("free")).toEqual({
      name: "monitoring.grafana.port",
      status: "ok",
      found: "127.0.0.1:3000 is free",
      needed: "127.0.0.1:3000, free or held by this service",
      advice: null,
    });
    const grafana = { id: "4".repeat(64), name: "grafana-container-1234567", ours: true };
    expect(beside("taken", grafana)?.status).toBe("ok");
    const port = { port: 9090, state: "free", holder: null } as const;
    const names = checkHost(facts({ furtherPorts: { "monitoring.port": port } }), needs, wanted).map(
      ({ name }) => name,
    );
    expect(names.slice(names.indexOf("port")).slice(0, 2)).toEqual(["port", "monitoring.port"]);
  });

  it("that is taken blocks, and is named by its key", () => {
    expect(beside("taken")).toMatchObject({
      status: "blocking",
      found: "127.0.0.1:3000 is taken by another program",
      advice: "find it with `ss -ltnp 'sport = :3000'` and stop it, or change the key monitoring.grafana.port",
    });
  });
});

describe("port", () => {
  const held = (ours: boolean) => ({ id: "3".repeat(64), name: "gemma-ollama", ours });

  it.each([
    ["free", null, "ok", "127.0.0.1:11434 is free", null],
    ["taken", held(true), "ok", "127.0.0.1:11434 is held by this service's container gemma-ollama", null],
    [
      "taken",
      held(false),
      "blocking",
      "127.0.0.1:11434 is taken by the container gemma-ollama",
      "stop it with `docker stop gemma-ollama`, or change the key port",
    ],
    [
      "taken",
      null,
      "blocking",
      "127.0.0.1:11434 is taken by another program",
      "find it with `ss -ltnp 'sport = :11434'` and stop it, or change the key port",
    ],
    [
      "foreign",
      null,
      "blocking",
      "127.0.0.1 is no address of this host",
      "set the key address to one that `ip address` lists, 127.0.0.1 for this host alone, or 0.0.0.0 for all",
    ],
    [
      "forbidden",
      null,
      "warning",
      "127.0.0.1:11434 could not be tried without root",
      "run the check as root, or choose a port above 1023",
    ],
    [
      "unknown",
      null,
      "warning",
      "127.0.0.1:11434 could not be tried",
      "look whether `ss -ltn 'sport = :11434'` lists it",
    ],
  ] as const)("%s, held by %s, is %s", (state, holder, status, found, advice) => {
    expect(check("port", { port: { state, holder } })).toEqual({
      name: "port",
      status,
      found,
      needed: "127.0.0.1:11434, free or held by this service",
      advice,
    });
  });

  it("is ok when any will do", () => {
    expect(check("port", {}, { port: 0 })).toEqual({
      name: "port",
      status: "ok",
      found: "127.0.0.1 is an address of this host",
      needed: "any free port of 127.0.0.1",
      advice: null,
    });
  });

  it("is written with brackets behind an IPv6 address", () => {
    expect(check("port", {}, { address: "::1" })?.found).toBe("[::1]:11434 is free");
  });
});

describe("cgroup driver", () => {
  const needed = "cgroupfs, with which a container keeps its GPU after `systemctl daemon-reload`";

  it("is any without GPUs", () => {
    expect(check("cgroup driver")).toEqual({
      name: "cgroup driver",
      status: "ok",
      found: "systemd on cgroup v2",
      needed: "any, as the stack has no GPU",
      advice: null,
    });
  });

  it("is better not systemd with GPUs", () => {
    expect(gpuCheck("cgroup driver")).toEqual({
      name: "cgroup driver",
      status: "warning",
      found: "systemd on cgroup v2",
      needed,
      advice:
        'write "exec-opts": ["native.cgroupdriver=cgroupfs"] to /etc/docker/daemon.json and restart Docker; ' +
        "NVIDIA's other remedy is `nvidia-ctk system create-dev-char-symlinks --create-all` at every boot",
    });
    expect(gpuCheck("cgroup driver", { docker: { cgroupDriver: "cgroupfs" } })).toEqual({
      name: "cgroup driver",
      status: "ok",
      found: "cgroupfs on cgroup v2",
      needed,
      advice: null,
    });
  });
});

describe("NVIDIA driver", () => {
  it.each([
    ["570.133.20", "ok", "570.133.20", null],
    ["unknown", "ok", "unknown", null],
    ["535.288.01", "warning", "535.288.01", "install a newer driver: with this one Ollama may use the CPU instead"],
    [
      null,
      "blocking",
      "no NVIDIA driver is loaded",
      "install the NVIDIA driver and load it with `modprobe nvidia`, or set the key gpus to none",
    ],
  ])("%s is %s", (driver, status, found, advice) => {
    expect(gpuCheck("NVIDIA driver", { nvidia: { driver } })).toEqual({
      name: "NVIDIA driver",
      status,
      found,
      needed: "the NVIDIA driver, 550 or newer",
      advice,
    });
  });
});

describe("NVIDIA toolkit", () => {
  const runtimeHook = "/usr/bin/nvidia-container-runtime-hook";
  const cdiHook = "/usr/bin/nvidia-cdi-hook";
  const ctk = "/usr/bin/nvidia-ctk";
  const none: Partial<NvidiaFacts> = { runtimeHook: null, cdiHook: null, runtime: null, ctk: null };
  const install =
    "install the package nvidia-container-toolkit, run `nvidia-ctk runtime configure --runtime=docker`, and restart Docker";
  const base = `${install}: the package nvidia-container-toolkit-base alone is enough for newer Dockers only`;

  it.each<readonly [string, Changes, Check["status"], string, string | null]>([
    ["the older hook", {}, "ok", runtimeHook, null],
    ["both hooks", { docker: { version: "29.2.0" } }, "ok", `${cdiHook}, ${runtimeHook}`, null],
    [
      "the hook of CDI, on a Docker that looks for it",
      { nvidia: { ...none, cdiHook }, docker: { version: "29.2.0" } },
      "ok",
      cdiHook,
      null,
    ],
    [
      "the hook of CDI, on an older Docker",
      { nvidia: { ...none, cdiHook, ctk }, docker: { version: "29.1.3" } },
      "blocking",
      `only ${cdiHook}, ${ctk}`,
      base,
    ],
    ["no hook at all", { nvidia: { ...none, ctk }, docker: { version: "29.2.0" } }, "blocking", `only ${ctk}`, base],
    [
      "the runtime alone",
      { nvidia: none, docker: { runtimes: ["nvidia", "runc"] } },
      "warning",
      "the runtime nvidia, but no hook that Docker asks for GPUs",
      `if GPUs are refused, ${install}`,
    ],
    ["nothing", { nvidia: none }, "blocking", "nothing of the toolkit", install],
  ])("of %s", (_, changes, status, found, advice) => {
    expect(gpuCheck("NVIDIA toolkit", changes)).toEqual({
      name: "NVIDIA toolkit",
      status,
      found,
      needed: "nvidia-container-runtime-hook, or from Docker 29.2 on nvidia-cdi-hook",
      advice,
    });
  });

  it("is started for every container where it is the default runtime", () => {
    const docker = { defaultRuntime: "nvidia" };
    const named = {
      name: "NVIDIA runtime",
      needed: "nvidia-container-runtime, with which Docker starts each container",
    };
    expect(gpuCheck("NVIDIA runtime")).toBeUndefined();
    expect(gpuCheck("NVIDIA runtime", { docker })).toEqual({
      ...named,
      status: "ok",
      found: "/usr/bin/nvidia-container-runtime",
      advice: null,
    });
    expect(gpuCheck("NVIDIA runtime", { docker, nvidia: { runtime: null } })).toEqual({
      ...named,
      status: "warning",
      found: "the default runtime nvidia, but no nvidia-container-runtime",
      advice: `${install}, or remove "default-runtime" from /etc/docker/daemon.json and restart Docker`,
    });
  });
});

describe("CDI specification", () => {
  const path = "/etc/cdi/nvidia.yaml";
  const generate =
    "run `nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml`, and again after each update of the driver";
  const spec = (devices: Facts["cdi"][number]["devices"], at = path) => ({ path: at, devices });
  const good = spec({ "0": [], "1": [], "GPU-f15a": [], all: [] });
  const library = "/usr/lib/x86_64-linux-gnu/libcuda.so.550.54.15";
  const of = (cdi: Facts["cdi"], gpus: GpuReservation = one, changes: Changes = {}) =>
    gpuCheck(
      "CDI specification",
      {
        ...changes,
        cdi,
        docker: { version: "29.8.1", ...changes.docker },
        nvidia: { runtimeHook: null, ...changes.nvidia },
      },
      gpus,
    );

  it("is not looked at where Docker does not use it", () => {
    expect(of([], one, { docker: { version: "29.1.3" } })).toBeUndefined();
    expect(of([], one, { nvidia: { cdiHook: null } })).toBeUndefined();
  });

  it.each<readonly [string, GpuReservation]>([
    ["a count", { kind: "count", count: 2 }],
    ["all", { kind: "count", count: -1 }],
    ["some", { kind: "devices", ids: ["1", "GPU-f15a"] }],
  ])("is ok when it has %s", (_, gpus) => {
    expect(of([good], gpus)).toEqual({
      name: "CDI specification",
      status: "ok",
      found: path,
      needed: "the reserved GPUs in a folder where Docker looks, and on the host what is named for them",
      advice: null,
    });
  });

  it.each<readonly [string, Facts["cdi"], GpuReservation, Changes, string, string]>([
    ["none", [], one, {}, "none in /etc/cdi, /var/run/cdi", generate],
    [
      "CDI off",
      [],
      one,
      { docker: { cdiFolders: [] } },
      "CDI is off in Docker",
      'remove "cdi": false from features and an empty cdi-spec-dirs in /etc/docker/daemon.json, and restart Docker',
    ],
    [
      "other GPUs",
      [good],
      { kind: "devices", ids: ["0", "2", "3"] },
      {},
      "/etc/cdi/nvidia.yaml has no GPU 2, 3",
      generate,
    ],
    ["one that cannot be read", [spec({})], one, {}, "/etc/cdi/nvidia.yaml has no GPU 0", generate],
    [
      "a device that is not there",
      [spec({ "0": ["/dev/nvidia-uvm"] })],
      one,
      {},
      "/etc/cdi/nvidia.yaml names /dev/nvidia-uvm, not there",
      "make the driver's devices with `nvidia-modprobe -u -c 0`, at each boot with nvidia-persistenced; " +
        `for a GPU that was taken out, ${generate}`,
    ],
  ])("with %s is blocking, unless Docker has the older hook", (_, cdi, gpus, changes, found, advice) => {
    expect(of(cdi, gpus, changes)).toMatchObject({ status: "blocking", found, advice });
    const nvidia = { runtimeHook: "/usr/bin/nvidia-container-runtime-hook" };
    expect(of(cdi, gpus, { ...changes, nvidia })).toMatchObject({ status: "warning", found, advice });
  });

  it("that names files of another driver is blocking, even with the older hook", () => {
    const nvidia = { runtimeHook: "/usr/bin/nvidia-container-runtime-hook" };
    expect(of([spec({ "0": ["/dev/nvidia0", library] })], one, { nvidia })).toMatchObject({
      status: "blocking",
      found: "/etc/cdi/nvidia.yaml names /dev/nvidia0 and 1 more, not there",
      advice: `the driver or the toolkit was updated since: ${generate}`,
    });
  });

  it("is judged by the reserved GPUs, and by the last of those that have one", () => {
    const later = "/var/run/cdi/nvidia.yaml";
    expect(of([spec({ "0": [], "1": [library] })])?.status).toBe("ok");
    expect(of([spec({ "0": [library] }), spec({ "0": [] }, later)])).toMatchObject({ status: "ok", found: later });
    expect(of([good, spec({ "0": [library] }, later)])).toMatchObject({
      status: "blocking",
      found: `${later} names ${library}, not there`,
    });
  });
});

describe("GPUs", () => {
  const all = "0 NVIDIA A10, 1 NVIDIA A10, 1:0 MIG 1g.6gb";
  const compare = "compare with `nvidia-smi -L`, and correct the key gpus";
  const devices = (...ids: string[]): GpuReservation => ({ kind: "devices", ids });

  it.each<readonly [GpuReservation, Check["status"], string, string]>([
    [{ kind: "count", count: -1 }, "ok", all, "a GPU"],
    [one, "ok", all, "a GPU"],
    [{ kind: "count", count: 2 }, "ok", all, "2 GPUs"],
    [{ kind: "count", count: 3 }, "blocking", all, "3 GPUs"],
    [devices("0", "1"), "ok", all, "the GPUs 0, 1"],
    [devices("1:0", "GPU-f15a"), "ok", all, "the GPUs 1:0, GPU-f15a"],
    [devices("MIG-c7384736-a75d"), "ok", all, "the GPUs MIG-c7384736-a75d"],
    [devices("0", "2", "GPU-3a23"), "blocking", `${all}; not there: 2, GPU-3a23`, "the GPUs 0, 2, GPU-3a23"],
  ])("%j are %s", (gpus, status, found, needed) => {
    const advice = status === "ok" ? null : compare;
    expect(gpuCheck("GPUs", {}, gpus)).toEqual({ name: "GPUs", status, found, needed, advice });
  });

  it("are none of a driver without any", () => {
    expect(gpuCheck("GPUs", { nvidia: { gpus: [] } }, { kind: "count", count: -1 })).toEqual({
      name: "GPUs",
      status: "blocking",
      found: "none",
      needed: "a GPU",
      advice: compare,
    });
  });

  it.each([
    [
      "Failed to initialize NVML: Driver/library version mismatch",
      "blocking",
      "the driver was updated while its old version is loaded: restart the host",
    ],
    [
      "nvidia-smi did not answer within 10 s",
      "blocking",
      "the driver hangs: look for NVRM and Xid in `dmesg`, and restart the host",
    ],
    ["No devices were found", "blocking", "have `nvidia-smi -L` list the GPUs, then check again"],
    [
      "the program nvidia-smi was not found",
      "warning",
      "install the driver's tools, nvidia-smi among them, and check again",
    ],
  ])("that are not listed because of `%s` are %s", (listFailure, status, advice) => {
    expect(gpuCheck("GPUs", { nvidia: { gpus: null, listFailure } })).toEqual({
      name: "GPUs",
      status,
      found: listFailure,
      needed: "a GPU",
      advice,
    });
  });
});

describe("CPUs", () => {
  const cpus = (limit: number | undefined, there: number | null = 8) =>
    check("CPUs", { docker: { cpus: there } }, limit === undefined ? {} : { cpus: limit });

  it.each<readonly [number, number | null, Check["status"], string, string | null]>([
    [8, 8, "ok", "8", null],
    [
      8.5,
      8,
      "blocking",
      "8",
      "lower the keys cpus, gateway.cpus and gateway.usher.cpus to 8 or less, or to 0 for no limit",
    ],
    [1, null, "warning", "unknown, Docker does not say", "compare `nproc` with what is needed"],
  ])("for a limit of %d with %s there are %s", (limit, there, status, found, advice) => {
    expect(cpus(limit, there)).toEqual({
      name: "CPUs",
      status,
      found,
      needed: `${limit}, the limit of a container`,
      advice,
    });
  });

  it("are not looked at without a limit, or for a package that does not tell it", () => {
    expect([cpus(0), cpus(undefined)]).toEqual([undefined, undefined]);
  });
});

describe("GPU memory", () => {
  const need = { weightsBytes: 8 * GiB, totalBytes: 13 * GiB, required: false };
  const memory = (gpus: GpuReservation, gpuMemory: Needs["gpuMemory"] = need, changes: Changes = {}) =>
    check("GPU memory", changes, { gpus, gpuMemory });
  const devices = (...ids: string[]): GpuReservation => ({ kind: "devices", ids });
  const instead =
    "reserve more GPUs or larger ones, or deploy a package with a smaller model, or with less ollama.contextLength or ollama.numParallel";
  const slow = `expect a part of the model on the CPU, which is slow: ${instead}`;
  const compare = "compare `nvidia-smi` with what is needed";

  it.each<readonly [string, GpuReservation, Check["status"], string, string | null]>([
    ["the first of two", one, "ok", "24 GiB on the reserved GPUs", null],
    ["all", { kind: "count", count: -1 }, "ok", "36 GiB on the reserved GPUs", null],
    ["the small one", devices("1"), "warning", "12 GiB on the reserved GPUs", slow],
    ["both, by index and UUID", devices("1", "GPU-f15"), "ok", "36 GiB on the reserved GPUs", null],
    ["a part of one", devices("1:0"), "warning", "unknown, nvidia-smi does not tell", compare],
    ["one that is not there", devices("7"), "warning", "unknown, nvidia-smi does not tell", compare],
  ])("is that of %s", (_, gpus, status, found, advice) => {
    expect(memory(gpus)).toEqual({
      name: "GPU memory",
      status,
      found,
      needed: "13 GiB of GPU memory for the model",
      advice,
    });
  });

  it("blocks where the weights alone do not fit and must", () => {
    const required = { ...need, required: true };
    expect(memory(devices("1"), { ...required, weightsBytes: 13 * GiB })).toMatchObject({
      status: "blocking",
      advice: instead,
    });
    expect(memory(devices("1"), required)?.advice).toBe(
      `expect a part of the model on the CPU, which is slow and which readiness.requireGpu refuses: ${instead}`,
    );
  });

  it("is unknown where that of the weights is", () => {
    expect(memory(one, { ...need, weightsBytes: null })).toMatchObject({
      status: "warning",
      needed: "13 GiB of GPU memory for the model and the weights, whose size there is unknown",
    });
  });

  it("is unknown where nvidia-smi tells nothing", () => {
    expect(memory(one, need, { nvidia: { memory: {} } })?.status).toBe("warning");
    expect(memory(one, need, { nvidia: { gpus: null } })?.status).toBe("warning");
  });

  it("is not looked at for a package that does not tell it", () => {
    expect(gpuCheck("GPU memory")).toBeUndefined();
  });
});

describe("GPU device links", () => {
  const advice =
    "run `nvidia-ctk system create-dev-char-symlinks --create-all`, and have a udev rule run it at every boot: " +
    "without the links a container loses its GPU after `systemctl daemon-reload`";

  it.each<readonly [string, Changes, Check["status"], string]>([
    ["all there", {}, "ok", "2 links"],
    ["missing", { nvidia: { unlinked: ["nvidia0", "nvidiactl"] } }, "warning", "no link to nvidia0, nvidiactl"],
    ["without devices", { nvidia: { devices: [] } }, "warning", "no NVIDIA devices in /dev"],
    [
      "missing where they are not needed",
      { nvidia: { unlinked: ["nvidia0"] }, docker: { cgroupDriver: "cgroupfs" } },
      "ok",
      "not needed with cgroupfs",
    ],
  ])("%s", (_, changes, status, found) => {
    expect(gpuCheck("GPU device links", changes)).toEqual({
      name: "GPU device links",
      status,
      found,
      needed: "with the cgroup driver systemd, a link in /dev/char to each NVIDIA device",
      advice: status === "ok" ? null : advice,
    });
  });
});

describe("networks", () => {
  const subnets = { "network.subnet": null, "gateway.subnet": null };
  const pools = [{ base: "10.10.0.0/22", bits: 24 }];
  const own = { name: "ollama-network-0a1b2c3", subnets: ["172.18.0.0/16"], own: true };
  const other = (count: number) => ({
    name: "others",
    subnets: Array.from({ length: count }, (_, index) => `10.10.${index}.0/24`),
    own: false,
  });
  const of = (taken: Networks["taken"], more: Partial<Networks> = {}, wanted: Needs["subnets"] = subnets) =>
    check("networks", { networks: { taken, routes: [], pools, ...more } }, { subnets: wanted });
  const advice =
    "remove networks that nothing needs with `docker network prune`, or give Docker more in default-address-pools of " +
    "/etc/docker/daemon.json, or set the keys network.subnet and gateway.subnet";

  it("are ok where Docker has room for them, and for those of a trial", () => {
    expect(of([])).toEqual({
      name: "networks",
      status: "ok",
      found: "Docker has addresses for 4 more, which is enough",
      needed: "2 of Docker's own choice, 2 more for the trial of a newer version",
      advice: null,
    });
  });

  it.each([
    [1, "warning", 3],
    [2, "warning", 2],
    [3, "blocking", 1],
  ])("are short when others have %d of 4: %s", (count, status, free) => {
    const found = of([other(count)]);
    expect([found?.status, found?.found, found?.advice]).toEqual([
      status,
      `Docker has addresses for ${free} more`,
      advice,
    ]);
  });

  it("are there already for a service that runs, but for a trial", () => {
    expect(of([own, other(2)])?.status).toBe("ok");
    expect(of([own, other(4)])?.status).toBe("warning");
  });

  it("name the routes that take their addresses", () => {
    const routes = [{ destination: "10.10.0.0/16", device: "eth0" }];
    expect(of([], { routes })?.found).toBe(
      "Docker has addresses for 0 more; this host has routes to 10.10.0.0/16 through eth0",
    );
  });

  it("with subnets need no room of Docker's but for a trial, and nobody else there", () => {
    const wanted = { "network.subnet": "10.200.0.0/24", "gateway.subnet": null };
    const found = of([other(1)], {}, wanted);
    expect([found?.status, found?.needed]).toEqual([
      "ok",
      "10.200.0.0/24 for this service alone, 1 of Docker's own choice, 2 more for the trial of a newer version",
    ]);
    const routes = [{ destination: "10.200.0.0/16", device: "eth0" }];
    expect(of([], { routes }, wanted)?.status).toBe("warning");
    const taken = [{ name: "web", subnets: ["10.200.0.0/24"], own: false }];
    const blocked = of(taken, {}, wanted);
    expect([blocked?.status, blocked?.found]).toEqual([
      "blocking",
      "network.subnet: 10.200.0.0/24 overlaps with the Docker network web, 10.200.0.0/24",
    ]);
  });

  it("are unknown where Docker does not say, and not looked at where it does not answer or a package of before is silent", () => {
    expect(check("networks", { networks: null }, { subnets })?.status).toBe("warning");
    expect(check("networks", { networks: null, docker: { failure: "no" } }, { subnets })).toBeUndefined();
    expect(check("networks", {})).toBeUndefined();
  });
});

describe("boot", () => {
  it("is told where the service may not come back", () => {
    const boot = { enabled: false, afterNetwork: false, nonlocalBind: { ipv4: false, ipv6: false } };
    expect(check("boot", { boot }, { address: "192.0.2.7" })).toEqual({
      name: "boot",
      status: "warning",
      found:
        "Docker does not start with this host: docker.service is disabled; " +
        "Docker may start before this host has the address 192.0.2.7, and then publishes nothing there",
      needed: "Docker starts with the host, and after its network",
      advice:
        "have it started with `sudo systemctl enable docker`; let it listen on addresses that come later: " +
        "`echo net.ipv4.ip_nonlocal_bind=1 | sudo tee /etc/sysctl.d/90-gemma.conf && sudo sysctl --system`",
    });
    expect(check("boot", {}, { address: "192.0.2.7" })).toBeUndefined();
  });
});

describe("certificate", () => {
  const file = "/tls/a.pem";
  const tls = { key: "/tls/a.key", hosts: ["llm.example.org", "10.0.0.5"] };
  const ends = "2027-11-22T12:00:00.000Z";
  const found = (level: Finding["level"], text: string): Finding => ({
    level,
    about: "certificate",
    found: text,
    advice: `mend ${text}`,
  });
  const of = (certificate: Facts["certificate"], more: Partial<Needs> = { tls }) =>
    check("certificate", { certificate }, { certificate: file, ...more });

  it("is ok when there is nothing to say of it", () => {
    expect(of({ ends, findings: [] })).toEqual({
      name: "certificate",
      status: "ok",
      found: "/tls/a.pem ends in 365 days, on 2027-11-22",
      needed: "a certificate for llm.example.org, 10.0.0.5 in /tls/a.pem, its key and its chain, for 30 days or more",
      advice: null,
    });
  });

  it("is judged by the worst of it, which is told first", () => {
    const warned = of({ ends, findings: [found("warning", "a")] });
    expect([warned?.status, warned?.found, warned?.advice]).toEqual(["warning", "a", "mend a"]);
    const blocked = of({ ends: null, findings: [found("warning", "a"), found("blocking", "b")] });
    expect([blocked?.status, blocked?.found, blocked?.advice]).toEqual(["blocking", "b; a", "mend b; mend a"]);
  });

  it("has no names in packages of before, which do not tell them", () => {
    expect(of({ ends, findings: [] }, {})?.needed).toBe(
      "a certificate in /tls/a.pem, its key and its chain, for 30 days or more",
    );
  });

  it("that could not be looked at is a warning", () => {
    const { status, found: text, advice } = of(null) ?? {};
    expect([status, text, advice]).toEqual([
      "warning",
      "/tls/a.pem could not be looked at",
      "look whether the disk that it is on answers",
    ]);
  });

  it("is not looked at where the gateway needs none", () => {
    expect(check("certificate", { certificate: null })).toBeUndefined();
  });
});

describe("clock", () => {
  it.each([
    ["2026-11-22T12:00:00.000Z", "ok"],
    ["2026-11-20T07:55:00.000Z", "ok"],
    ["2026-11-20T07:54:59.999Z", "warning"],
    ["1970-01-01T00:00:10.000Z", "warning"],
  ])("at %s is %s", (now, status) => {
    expect(check("clock", { host: { now } })).toEqual({
      name: "clock",
      status,
      found: now,
      needed: "after 2026-11-20T08:00:00.000Z, when the package was made",
      advice:
        status === "ok"
          ? null
          : "set the clock with `timedatectl set-time`, or from a time server of this network: " +
            "the validity of signatures and the times in logs depend on it",
    });
  });
});

describe("the report", () => {
  const good: Check = { name: "Docker", status: "ok", found: "Docker Engine 28.2.2", needed: "20.10", advice: null };
  const doubtful: Check = { name: "CPU", status: "warning", found: "no avx2", needed: "avx2", advice: "wait longer" };
  const bad: Check = { name: "memory", status: "blocking", found: "6 GiB", needed: "7 GiB", advice: "add memory" };

  it("has a line for each check, and a verdict", () => {
    expect(reportText([good, doubtful, bad])).toBe(
      [
        "ok       Docker  Docker Engine 28.2.2",
        "warning  CPU     no avx2",
        "                 needed: avx2",
        "                 do: wait longer",
        "BLOCKED  memory  6 GiB",
        "                 needed: 7 GiB",
        "                 do: add memory",
        "",
        "The host is not ready: 1 blocked, 1 warning",
        "",
      ].join("\n"),
    );
  });

  it.each([
    [[good], "The host is ready"],
    [[good, doubtful], "The host is ready, with 1 warning"],
    [[doubtful, doubtful], "The host is ready, with 2 warnings"],
    [[bad, bad], "The host is not ready: 2 blocked, 0 warnings"],
  ])("ends with the verdict", (checks, verdict) => {
    expect(reportText(checks).trimEnd().split("\n").at(-1)).toBe(verdict);
    expect(isReady(checks)).toBe(!checks.includes(bad));
  });

  it("is the same for programs", () => {
    expect(JSON.parse(reportJson([good, doubtful]))).toEqual({ ready: true, checks: [good, doubtful] });
    expect(JSON.parse(reportJson([good, bad]))).toEqual({ ready: false, checks: [good, bad] });
  });
});

it("names a data folder of others, and is silent on one of its own", () => {
  expect(dataFolderChecks("/srv", "photos, music")).toEqual([
    {
      name: "data folder",
      status: "blocking",
      found: "/srv holds photos, music",
      needed: "a folder of this service's own",
      advice: "name a new or an empty folder with --data",
    },
  ]);
  expect(dataFolderChecks("/srv", "")).toEqual([]);
});
