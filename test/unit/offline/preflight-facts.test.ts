import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { ask, softly } from "../../../offline/preflight/ask.ts";
import { readDockerInfo } from "../../../offline/preflight/docker-facts.ts";
import { cpuFlagsIn } from "../../../offline/preflight/host-facts.ts";
import { memoryIn } from "../../../support/meminfo.ts";
import { driverVersionIn, gatherNvidia, gpuMemoryIn, gpusIn } from "../../../offline/preflight/nvidia-facts.ts";
import { holderIn } from "../../../offline/preflight/port-facts.ts";
import { spaceAt } from "../../../offline/preflight/space-facts.ts";
import { tempFolder } from "../support/temp-folder.ts";

describe("docker info", () => {
  const read = (info: object, config?: string) => readDockerInfo({ text: JSON.stringify(info), failure: null }, config);
  const classic = {
    ServerVersion: "20.10.24+dfsg1",
    NCPU: 4,
    Driver: "overlay2",
    DriverStatus: [["Backing Filesystem", "extfs"]],
    DockerRootDir: "/var/lib/docker",
    CgroupDriver: "systemd",
    CgroupVersion: "2",
    Runtimes: { nvidia: { path: "nvidia-container-runtime" }, runc: { path: "runc" } },
    DefaultRuntime: "runc",
    CDISpecDirs: null,
  };
  const containerd = {
    ...classic,
    Driver: "overlayfs",
    DriverStatus: [["driver-type", "io.containerd.snapshotter.v1"]],
    Containerd: { Address: "/run/containerd/containerd.sock" },
  };

  it("is read with a storage driver", () => {
    expect(read(classic)).toEqual({
      failure: null,
      refusal: null,
      version: "20.10.24+dfsg1",
      cpus: 4,
      storageDriver: "overlay2",
      containerdStore: false,
      rootFolder: "/var/lib/docker",
      imageFolder: "/var/lib/docker",
      cgroupDriver: "systemd",
      cgroupVersion: "2",
      runtimes: ["nvidia", "runc"],
      defaultRuntime: "runc",
      usersRemapped: false,
      cdiFolders: [],
    });
  });

  it.each([
    ["the host's containerd", containerd, "", "/var/lib/containerd"],
    [
      "a containerd with a folder of its own",
      containerd,
      'version = 2\nroot = "/data/containerd"\n[x]\n',
      "/data/containerd",
    ],
    ["a containerd with another root in a table", containerd, '[x]\n  root = "/x"\n', "/var/lib/containerd"],
    [
      "Docker's own containerd",
      { ...containerd, Containerd: { Address: "/var/run/docker/containerd/containerd.sock" } },
      "",
      "/var/lib/docker/containerd/daemon",
    ],
  ])("names the folder of the images of %s", (_, info, config, imageFolder) => {
    expect(read(info, config)).toMatchObject({ containerdStore: true, storageDriver: "overlayfs", imageFolder });
  });

  it("tells userns-remap by the engine's security options", () => {
    const remapped = (...SecurityOptions: readonly string[]) => read({ ...classic, SecurityOptions }).usersRemapped;
    expect(remapped("name=seccomp,profile=builtin", "name=userns")).toBe(true);
    expect(remapped("name=seccomp,profile=builtin", "name=cgroupns")).toBe(false);
  });

  it("names the folders of CDI specifications", () => {
    expect(read({ ...classic, CDISpecDirs: ["/etc/cdi", "/run/cdi"] }).cdiFolders).toEqual(["/etc/cdi", "/run/cdi"]);
  });

  it.each(["", "null", "[]", "no JSON", '{"ServerVersion":"","DriverStatus":{},"Runtimes":null}'])(
    "of `%s` is unknown",
    (text) => {
      expect(readDockerInfo({ text, failure: null })).toEqual({
        failure: "docker info names no server version",
        refusal: null,
        version: null,
        cpus: null,
        storageDriver: null,
        containerdStore: false,
        rootFolder: null,
        imageFolder: null,
        cgroupDriver: null,
        cgroupVersion: null,
        runtimes: [],
        defaultRuntime: null,
        usersRemapped: false,
        cdiFolders: [],
      });
    },
  );
});

describe("/proc", () => {
  it("names the first CPU's flags", () => {
    expect(cpuFlagsIn("processor\t: 0\nflags\t\t: fpu avx2 fma\nprocessor\t: 1\nflags\t\t: fpu\n")).toEqual([
      "fpu",
      "avx2",
      "fma",
    ]);
    expect(cpuFlagsIn("Features\t: fp asimd\n")).toBeNull();
  });

  it("names memory in bytes", () => {
    const text = "MemTotal:       24684084 kB\nMemFree:        21601700 kB\nMemAvailable:   23605316 kB\n";
    expect(memoryIn(text, "MemTotal")).toBe(24684084 * 1024);
    expect(memoryIn(text, "MemAvailable")).toBe(23605316 * 1024);
    expect(memoryIn("MemTotal:       24684084 kB\n", "MemAvailable")).toBeNull();
  });
});

describe("the container that has a port", () => {
  const id = "3f".repeat(32);
  const line = (ports: string) => `${id}\tgemma-ollama\t${ports}`;
  const labels = { "io.chatgemma.stack": "gemma/prod", "io.chatgemma.state": "0123456789ab" };

  it.each([
    ["127.0.0.1:11434->11434/tcp", "127.0.0.1", true],
    ["0.0.0.0:11434->11434/tcp, :::11434->11434/tcp", "127.0.0.1", true],
    ["0.0.0.0:11434->11434/tcp, [::]:11434->11434/tcp", "::1", true],
    ["127.0.0.1:11430-11440->11430-11440/tcp", "127.0.0.1", true],
    ["127.0.0.1:11434->11434/tcp", "0.0.0.0", true],
    ["192.0.2.7:11434->11434/tcp", "127.0.0.1", false],
    ["127.0.0.1:11434->11434/tcp", "::1", false],
    ["127.0.0.1:11434->11434/udp, 11434/tcp", "127.0.0.1", false],
    ["", "127.0.0.1", false],
  ])("that publishes `%s` clashes with %s: %s", (ports, address, clashes) => {
    expect(holderIn(line(ports), address, labels)).toEqual(clashes ? { id, name: "gemma-ollama", ours: false } : null);
  });

  it.each([
    ["its labels", "gemma/prod\t0123456789ab", true],
    ["no labels, as a stranger's from the same image", "\t", false],
    ["the labels of a stack with its state elsewhere", "gemma/prod\tba9876543210", false],
  ])("is ours with %s: %s", (_, values, expected) => {
    const found = holderIn(`${line("127.0.0.1:11434->11434/tcp")}\t${values}`, "127.0.0.1", labels);
    expect(found?.ours).toBe(expected);
  });

  it("is ours without labels under the provider's name, from before there were labels", () => {
    const old = `${id}\tollama-container-0a1b2c3\t127.0.0.1:11434->11434/tcp\t\t`;
    expect(holderIn(old, "127.0.0.1", labels)?.ours).toBe(true);
  });
});

describe("the space of a folder", () => {
  it("is that of the nearest folder there is", async () => {
    const folder = tempFolder();
    const missing = join(folder, "not", "there");
    const [there, notThere] = await Promise.all([spaceAt(folder), spaceAt(missing)]);
    expect(notThere).toMatchObject({ folder: missing, device: there?.device });
    expect(notThere?.free).toBeGreaterThan(0);
  });

  it("is found behind a file in the way", async () => {
    const folder = tempFolder({ file: "" });
    expect((await spaceAt(join(folder, "file", "below")))?.device).toBe((await spaceAt(folder))?.device);
  });
});

describe("NVIDIA", () => {
  it.each([
    [
      "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\nGCC version:\n",
      "550.54.15",
    ],
    [
      "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.133.20  Release Build  (dvs-builder@U22)  Sun\n",
      "570.133.20",
    ],
    ["something else\n", "unknown"],
  ])("driver of `%s`", (text, version) => {
    expect(driverVersionIn(text)).toBe(version);
  });

  it("GPUs are listed with their parts", () => {
    const list = [
      "GPU 0: NVIDIA A10 (UUID: GPU-f15ae561-21b1-6003-c768-861fc285203b)",
      "GPU 1: NVIDIA A100-PCIE-40GB (UUID: GPU-466be1f8-6148-1a27-a450-592604f3df54)",
      "  MIG 3g.20gb     Device  0: (UUID: MIG-c7384736-a75d-5afc-978f-d2f1294409fd)",
      "  MIG 3g.20gb     Device  1: (UUID: MIG-a28ad590-3fda-56dd-84fc-0a0b96edc58d)",
    ];
    expect(gpusIn(list.join("\n"))).toEqual([
      { index: "0", name: "NVIDIA A10", uuid: "GPU-f15ae561-21b1-6003-c768-861fc285203b" },
      { index: "1", name: "NVIDIA A100-PCIE-40GB", uuid: "GPU-466be1f8-6148-1a27-a450-592604f3df54" },
      { index: "1:0", name: "MIG 3g.20gb", uuid: "MIG-c7384736-a75d-5afc-978f-d2f1294409fd" },
      { index: "1:1", name: "MIG 3g.20gb", uuid: "MIG-a28ad590-3fda-56dd-84fc-0a0b96edc58d" },
    ]);
    expect(gpusIn("")).toEqual([]);
  });

  it("memory of GPUs is told in bytes, of those that tell it", () => {
    const lines = ["GPU-f15ae561-21b1, 23028", "GPU-466be1f8-6148, [N/A]", "No devices were found"];
    expect(gpuMemoryIn(lines.join("\n"))).toEqual({ "GPU-f15ae561-21b1": 23028 * 1024 ** 2 });
  });

  /** Puts a script in front of the PATH. */
  function program(name: string, script: string): string {
    const folder = tempFolder();
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    vi.stubEnv("PATH", `${folder}:${process.env["PATH"]}`);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    return join(folder, name);
  }

  it("is found on a host that has all of it", async () => {
    const root = tempFolder();
    for (const folder of ["proc/driver/nvidia", "dev/char"]) mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, "proc/driver/nvidia/version"), "NVRM version: Kernel Module  570.133.20  Sun\n");
    for (const device of ["nvidia0", "nvidiactl", "nvidia-uvm", "nvidia-caps", "null"])
      writeFileSync(join(root, "dev", device), "");
    symlinkSync("../nvidia0", join(root, "dev/char/195:0"));
    symlinkSync("../null", join(root, "dev/char/1:3"));
    program(
      "nvidia-smi",
      "case $* in -L) echo 'GPU 0: NVIDIA A10 (UUID: GPU-f15ae561)';; " +
        "'--query-gpu=uuid,memory.total --format=csv,noheader,nounits') echo 'GPU-f15ae561, 23028';; esac",
    );
    const runtimeHook = program("nvidia-container-runtime-hook", "");
    const ctk = program("nvidia-ctk", "");
    const { devices, unlinked, ...rest } = await gatherNvidia(root);
    expect(rest).toEqual({
      driver: "570.133.20",
      gpus: [{ index: "0", name: "NVIDIA A10", uuid: "GPU-f15ae561" }],
      memory: { "GPU-f15ae561": 23028 * 1024 ** 2 },
      listFailure: null,
      runtimeHook,
      cdiHook: null,
      runtime: null,
      ctk,
    });
    expect(devices.toSorted()).toEqual(["nvidia-uvm", "nvidia0", "nvidiactl"]);
    expect(unlinked.toSorted()).toEqual(["nvidia-uvm", "nvidiactl"]);
  });

  it("failures are told in one line", async () => {
    program(
      "nvidia-smi",
      "echo 'Failed to initialize NVML: Driver/library version mismatch'; echo 'NVML library version: 580'; exit 18",
    );
    expect(await gatherNvidia(tempFolder())).toMatchObject({
      driver: null,
      gpus: null,
      listFailure: "Failed to initialize NVML: Driver/library version mismatch; NVML library version: 580",
      devices: [],
    });
  });
});

describe("what does not answer", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it("is a failure when it is a program", async () => {
    // The shell's child outlives it and keeps the pipes open, as a program inside a driver does.
    const answer = ask("sh", "-c", "sleep 3; echo late");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await answer).toEqual({ text: "", failure: "sh did not answer within 10 s" });
  });

  it("is unknown when it is something else", async () => {
    const answer = softly(new Promise<string>(() => undefined));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await answer).toBeNull();
  });

  it("waits for what takes its time", async () => {
    const answer = softly(new Promise<string>((resolve) => setTimeout(resolve, 9_999, "late")));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await answer).toBe("late");
  });
});
