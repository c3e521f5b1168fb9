import { blocking, ok, warning, type Check, type Needs, type Verdict } from "./check.ts";
import type { Facts } from "./facts.ts";
import { oldestDocker } from "../../engine/judge.ts";

/** What keeps Docker from answering, and what to do about it. */
const remedies: readonly (readonly [RegExp, string])[] = [
  [/was not found/, "install Docker Engine and its CLI, and put docker on the PATH"],
  [/permission denied/i, "run this as root, or as a member of the group docker"],
  [
    /did not answer within/,
    "Docker hangs: look at `journalctl -u docker`, and restart it with `systemctl restart docker`",
  ],
];

/** Whether Docker answers, and is an engine that `up` takes. */
export function docker({ docker: { failure, refusal, version } }: Facts): Check {
  const check = { name: "Docker", needed: `Docker Engine ${oldestDocker} or newer, of this host` };
  if (failure !== null) {
    const remedy = remedies.find(([pattern]) => pattern.test(failure))?.[1];
    return {
      ...check,
      ...blocking(failure, remedy ?? "start it with `systemctl start docker`, or correct DOCKER_HOST"),
    };
  }
  const found = `Docker Engine ${version}`;
  return { ...check, ...(refusal === null ? ok(found) : blocking(found, refusal)) };
}

/** Whether Docker shows the watcher the host's processes; a line only where it does not. */
export function watcher({ docker: { usersRemapped } }: Pick<Facts, "docker">, wanted: boolean): Check[] {
  if (!wanted || !usersRemapped) return [];
  const found = "Docker has userns-remap, and starts no container that sees the host's processes";
  const advice = "remove userns-remap from /etc/docker/daemon.json, or change the key watcher.enabled to false";
  return [{ name: "watcher", needed: "a Docker without userns-remap", ...blocking(found, advice) }];
}

/** What is wrong with some storage drivers. */
const reasons: Readonly<Record<string, string>> = {
  vfs: "vfs copies all layers into every image and container, so the model takes its size several times",
  devicemapper:
    "devicemapper limits every container to 10 GB unless dm.basesize is raised, and is gone from Docker 25 on",
  aufs: "aufs is gone from Docker 24 on",
};

/** Whether images are stored in a way that does not multiply the model. */
export function storageDriver({ docker: { storageDriver: driver, containerdStore } }: Facts): Check {
  const needed = "overlay2, or the containerd image store with overlayfs";
  return { name: "storage driver", needed, ...storesWell(driver, containerdStore) };
}

function storesWell(driver: string | null, containerdStore: boolean): Verdict {
  if (driver === null) return warning("unknown, Docker does not say", "have Docker answer, and check again");
  const found = containerdStore ? `containerd image store with ${driver}` : driver;
  if (driver === (containerdStore ? "overlayfs" : "overlay2")) return ok(found);
  const reason = reasons[driver] ?? `this project is not tested with ${driver}`;
  const setting = containerdStore ? "overlayfs" : "overlay2";
  return warning(found, `${reason}: set "storage-driver": "${setting}" in /etc/docker/daemon.json and restart Docker`);
}

/** Whether Docker can give a container the CPUs of its limit; none for a package that does not tell it. */
export function cpuLimits({ docker: { cpus } }: Facts, { cpus: limit = 0 }: Needs): Check[] {
  if (limit === 0) return [];
  const check = { name: "CPUs", needed: `${limit}, the limit of a container` };
  if (cpus === null)
    return [{ ...check, ...warning("unknown, Docker does not say", "compare `nproc` with what is needed") }];
  const advice = `lower the keys cpus, gateway.cpus and gateway.usher.cpus to ${cpus} or less, or to 0 for no limit`;
  return [{ ...check, ...(cpus >= limit ? ok(String(cpus)) : blocking(String(cpus), advice)) }];
}
