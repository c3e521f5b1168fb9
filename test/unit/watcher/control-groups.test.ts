import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ControlGroups } from "../../../watcher/control-groups.ts";
import { processesOf } from "../../../watcher/processes.ts";
import { tempFolder } from "../support/temp-folder.ts";

const id = "0123456789abcdef".repeat(4);
const other = "f".repeat(64);

function write(root: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const second = (folder: string, limit: string) => ({
  "cgroup.controllers": "cpu memory\n",
  [`${folder}/memory.current`]: "5000\n",
  [`${folder}/memory.max`]: `${limit}\n`,
  [`${folder}/memory.stat`]: "anon 1\ninactive_file 1000\n",
  [`${folder}/memory.events`]: "low 0\noom 3\noom_kill 2\noom_group_kill 0\n",
  [`${folder}/cpu.stat`]: "usage_usec 1500000\nuser_usec 1\n",
});

const first = (folder: string, limit: string) => ({
  [`memory/${folder}/memory.usage_in_bytes`]: "5000\n",
  [`memory/${folder}/memory.limit_in_bytes`]: `${limit}\n`,
  [`memory/${folder}/memory.stat`]: "inactive_file 7\ntotal_inactive_file 1000\n",
  [`memory/${folder}/memory.oom_control`]: "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
  [`cpuacct/${folder}/cpuacct.usage`]: "1500000000\n",
});

const accounts = { memory: 4000, limit: 8000, oomKills: 2, cpu: 1.5 };

describe("the accounts of a container", () => {
  it.each([
    ["version 2 with systemd", second(`system.slice/docker-${id}.scope`, "8000"), 8000],
    ["version 2 with cgroupfs", second(`docker/${id}`, "8000"), 8000],
    ["version 2 in a slice of its own", second(`a.slice/a-b.slice/docker-${id}.scope`, "max"), 0],
    ["version 1 with systemd", first(`system.slice/docker-${id}.scope`, "8000"), 8000],
    ["version 1 with cgroupfs", first(`docker/${id}`, "9223372036854771712"), 0],
  ])("are read from control groups of %s", async (_, files, limit) => {
    const groups = new ControlGroups(write(tempFolder(), files));
    expect(await groups.accounts(id)).toEqual({ ...accounts, limit });
    expect(await groups.accounts(other)).toBeUndefined();
  });

  it("are there again when the container is", async () => {
    const files = second(`docker/${id}`, "8000");
    const root = write(tempFolder(), files);
    const groups = new ControlGroups(root);
    await groups.accounts(id);
    rmSync(join(root, "docker"), { recursive: true });
    expect(await groups.accounts(id)).toBeUndefined();
    write(root, second(`docker/${id}`, "8000"));
    expect(await groups.accounts(id)).toEqual(accounts);
  });
});

describe("the processes of a container", () => {
  const process = (pid: number, group: string, inner: string, name: string) => ({
    [`${pid}/cgroup`]: `0::${group}\n`,
    [`${pid}/status`]: `Name:\t${name}\nNSpid:\t${pid}\t${inner}\n`,
    [`${pid}/stat`]: `${pid} (${name}) S 1 1 1 0 -1 0 0 0 0 0 250 50 0 0 20 0 1\n`,
    [`${pid}/cmdline`]: `${name}\0--port\x001\0`,
  });

  it.each([
    ["systemd", `/../../system.slice/docker-${id}.scope`],
    ["cgroupfs", `/docker/${id}`],
  ])("are found by its ID with %s, the first of them by its number inside", async (_, group) => {
    const proc = write(tempFolder(), {
      ...process(100, group, "1", "ollama"),
      ...process(120, group, "17", "a) runner"),
      ...process(130, `/docker/${other}`, "1", "postgres"),
      "self/cgroup": `0::${group}\n`,
      meminfo: "",
    });
    expect(await processesOf(id, proc)).toEqual([
      { pid: 100, main: true, seconds: 3, command: "ollama --port 1" },
      { pid: 120, main: false, seconds: 3, command: "a) runner --port 1" },
    ]);
  });
});
