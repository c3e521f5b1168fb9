import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { gatherCdi } from "../../../offline/preflight/cdi-facts.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** As `nvidia-ctk cdi generate` writes it, with less in it. */
const generated = `---
cdiVersion: 0.5.0
containerEdits:
  deviceNodes:
  - path: /dev/nvidiactl
  env:
  - NVIDIA_VISIBLE_DEVICES=void
  hooks:
  - args:
    - nvidia-cdi-hook
    - update-ldcache
    hookName: createContainer
    path: /usr/bin/nvidia-cdi-hook
  mounts:
  - containerPath: /usr/lib/libcuda.so.550.54.15
    hostPath: /usr/lib/libcuda.so.550.54.15
    options: [ro, nosuid, nodev, rbind]
devices:
- containerEdits:
    deviceNodes:
    - path: /dev/nvidia0
  name: "0"
- containerEdits:
    deviceNodes:
    - hostPath: /dev/other1
      path: /dev/nvidia1
  name: 1
- name: all
kind: nvidia.com/gpu
`;

describe("CDI specifications", () => {
  let root: string;

  const file = (path: string, text = "") => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };

  beforeEach(() => {
    root = tempFolder();
  });

  it("are read with what each device needs and does not find", async () => {
    file("/etc/cdi/nvidia.yaml", generated);
    const found = async () => (await gatherCdi(["/etc/cdi"], root))[0]?.devices;
    const ofAll = ["/dev/nvidiactl", "/usr/lib/libcuda.so.550.54.15", "/usr/bin/nvidia-cdi-hook"];
    expect(await found()).toEqual({ "0": [...ofAll, "/dev/nvidia0"], "1": [...ofAll, "/dev/other1"], all: ofAll });
    for (const path of [...ofAll, "/dev/nvidia0"]) file(path);
    expect(await found()).toEqual({ "0": [], "1": ["/dev/other1"], all: [] });
  });

  it("are those of NVIDIA's GPUs alone, in the order of folders and names", async () => {
    const json = JSON.stringify({ kind: "nvidia.com/gpu", devices: [{ name: "0" }] });
    file("/var/run/cdi/b.yml", "kind: nvidia.com/gpu\ndevices: [{name: all}]\n");
    file("/etc/cdi/z.json", json);
    file("/etc/cdi/a.yaml", "kind: nvidia.com/gpu\n");
    file("/etc/cdi/other.yaml", "kind: example.com/gpu # not nvidia.com/gpu\ndevices: [{name: all}]\n");
    file("/etc/cdi/mofed.yaml", "kind: example.com/device\n");
    file("/etc/cdi/nvidia.yaml.bak", generated);
    expect(await gatherCdi(["/etc/cdi", "/nowhere", "/var/run/cdi"], root)).toEqual([
      { path: "/etc/cdi/a.yaml", devices: {} },
      { path: "/etc/cdi/z.json", devices: { "0": [] } },
      { path: "/var/run/cdi/b.yml", devices: { all: [] } },
    ]);
  });

  it.each(["kind: nvidia.com/gpu\ndevices: [", "kind: nvidia.com/gpu\ndevices: 3\n"])(
    "have no devices when they cannot be read: %j",
    async (text) => {
      file("/etc/cdi/nvidia.yaml", text);
      expect(await gatherCdi(["/etc/cdi"], root)).toEqual([{ path: "/etc/cdi/nvidia.yaml", devices: {} }]);
    },
  );
});
