import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { Boot } from "../config/boot.ts";

const execute = promisify(execFile);

/** Asks systemd and the kernel how Docker is started with this host; never rejects. */
export async function gatherBoot(): Promise<Boot> {
  const [docker, online, ipv4, ipv6] = await Promise.all([
    show("docker.service", "LoadState", "UnitFileState", "After"),
    show("network-online.target", "Wants", "Requires"),
    nonlocal("ipv4"),
    nonlocal("ipv6"),
  ]);
  return { ...bootIn(docker, online), nonlocalBind: { ipv4, ipv6 } };
}

/** What the answers of `systemctl show` for Docker and for the network say; an engine that systemd does not know is unknown. */
export function bootIn(docker: string, online: string): Pick<Boot, "enabled" | "afterNetwork"> {
  const said = properties(docker);
  if (said.get("LoadState") !== "loaded") return { enabled: null, afterNetwork: null };
  const after = (said.get("After") ?? "").split(" ").includes("network-online.target");
  // The target itself waits for nothing: a program of the network's does, where it is enabled.
  const waited = ["Wants", "Requires"].some((name) => (properties(online).get(name) ?? "") !== "");
  return { enabled: !["disabled", "masked"].includes(said.get("UnitFileState") ?? ""), afterNetwork: after && waited };
}

function properties(text: string): Map<string, string> {
  return new Map(
    text.split("\n").map((line) => {
      const [name = "", ...value] = line.split("=");
      return [name, value.join("=").trim()];
    }),
  );
}

async function show(unit: string, ...names: readonly string[]): Promise<string> {
  const asked = names.map((name) => `--property=${name}`);
  return execute("systemctl", ["show", unit, ...asked], { timeout: 5_000 }).then(
    ({ stdout }) => stdout,
    () => "",
  );
}

async function nonlocal(family: "ipv4" | "ipv6"): Promise<boolean> {
  const text = await readFile(`/proc/sys/net/${family}/ip_nonlocal_bind`, "utf8").catch(() => "");
  return text.trim() === "1";
}
