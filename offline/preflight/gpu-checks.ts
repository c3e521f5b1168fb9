import { isNamed, reservedGpus, type GpuReservation } from "../../config/gpu-reservation.ts";
import { blocking, ok, warning, type Check, type Needs, type Verdict } from "./check.ts";
import { formatBytes } from "../../support/units.ts";
import { isAtLeast } from "../../engine/judge.ts";
import type { GpuFacts } from "./facts.ts";
import { toolkitChecks } from "./toolkit-checks.ts";
import type { Gpu, NvidiaFacts } from "./nvidia-facts.ts";

/** Whether containers get the GPUs that the stack wants, and keep them. */
export function gpuChecks(facts: GpuFacts, { gpus, gpuMemory }: Needs): Check[] {
  if (gpus.kind === "none") return [cgroupDriver(facts, false)];
  const memory = gpuMemory === undefined ? [] : [memoryCheck(facts, gpus, gpuMemory)];
  return [cgroupDriver(facts, true), ...givingChecks(facts, gpus), ...memory, links(facts)];
}

/** Whether Docker can give a container the GPUs. */
export function givingChecks(facts: GpuFacts, gpus: GpuReservation): Check[] {
  return [driver(facts), ...toolkitChecks(facts, gpus), list(facts, gpus)];
}

/** systemd takes away devices that it does not know a container to have, each time it reads its units again. */
function cgroupDriver({ docker }: GpuFacts, wantsGpus: boolean): Check {
  const needed = wantsGpus
    ? "cgroupfs, with which a container keeps its GPU after `systemctl daemon-reload`"
    : "any, as the stack has no GPU";
  return { name: "cgroup driver", needed, ...keepsGpus(docker, wantsGpus) };
}

function keepsGpus({ cgroupDriver: name, cgroupVersion }: GpuFacts["docker"], wantsGpus: boolean): Verdict {
  if (name === null) return warning("unknown, Docker does not say", "have Docker answer, and check again");
  const found = `${name} on cgroup v${cgroupVersion ?? "?"}`;
  if (name !== "systemd" || !wantsGpus) return ok(found);
  const advice =
    'write "exec-opts": ["native.cgroupdriver=cgroupfs"] to /etc/docker/daemon.json and restart Docker; ' +
    "NVIDIA's other remedy is `nvidia-ctk system create-dev-char-symlinks --create-all` at every boot";
  return warning(found, advice);
}

/** The oldest driver for the CUDA libraries in Ollama's image. */
const oldestDriver = "550";

function driver({ nvidia }: GpuFacts): Check {
  const check = { name: "NVIDIA driver", needed: `the NVIDIA driver, ${oldestDriver} or newer` };
  if (nvidia.driver === null) {
    const advice = "install the NVIDIA driver and load it with `modprobe nvidia`, or set the key gpus to none";
    return { ...check, ...blocking("no NVIDIA driver is loaded", advice) };
  }
  if (nvidia.driver === "unknown" || isAtLeast(nvidia.driver, oldestDriver)) return { ...check, ...ok(nvidia.driver) };
  return {
    ...check,
    ...warning(nvidia.driver, "install a newer driver: with this one Ollama may use the CPU instead"),
  };
}

/** What keeps nvidia-smi from listing GPUs, and what to do about it. */
const remedies: readonly (readonly [RegExp, string])[] = [
  [/version mismatch/i, "the driver was updated while its old version is loaded: restart the host"],
  [/did not answer within/, "the driver hangs: look for NVRM and Xid in `dmesg`, and restart the host"],
];

function list({ nvidia }: GpuFacts, gpus: GpuReservation): Check {
  const check = { name: "GPUs", needed: wanted(gpus) };
  if (nvidia.gpus !== null) return { ...check, ...reserves(nvidia.gpus, gpus) };
  const failure = nvidia.listFailure ?? "unknown";
  if (failure.includes("was not found"))
    return { ...check, ...warning(failure, "install the driver's tools, nvidia-smi among them, and check again") };
  const remedy = remedies.find(([pattern]) => pattern.test(failure))?.[1];
  return { ...check, ...blocking(failure, remedy ?? "have `nvidia-smi -L` list the GPUs, then check again") };
}

function wanted(gpus: GpuReservation): string {
  if (gpus.kind === "devices") return `the GPUs ${gpus.ids.join(", ")}`;
  return gpus.kind === "count" && gpus.count > 1 ? `${gpus.count} GPUs` : "a GPU";
}

function reserves(there: readonly Gpu[], gpus: GpuReservation): Verdict {
  const found = there.length === 0 ? "none" : there.map(({ index, name }) => `${index} ${name}`).join(", ");
  const advice = "compare with `nvidia-smi -L`, and correct the key gpus";
  if (gpus.kind === "devices") {
    const missing = gpus.ids.filter((id) => !there.some((gpu) => isNamed(gpu, id)));
    return missing.length === 0 ? ok(found) : blocking(`${found}; not there: ${missing.join(", ")}`, advice);
  }
  const count = gpus.kind === "count" ? Math.abs(gpus.count) : 0;
  const whole = there.filter(({ index }) => !index.includes(":"));
  return whole.length >= count ? ok(found) : blocking(found, advice);
}

type GpuMemory = NonNullable<Needs["gpuMemory"]>;

/** Whether the GPUs hold the model; what else uses them may end until the deployment, so that all of their memory counts. */
function memoryCheck({ nvidia }: GpuFacts, gpus: GpuReservation, need: GpuMemory): Check {
  const unknown = need.weightsBytes === null ? " and the weights, whose size there is unknown" : "";
  const needed = `${formatBytes(need.totalBytes)} of GPU memory for the model${unknown}`;
  return { name: "GPU memory", needed, ...holdsModel(reservedMemory(nvidia, gpus), need) };
}

function holdsModel(there: number | null, { weightsBytes, totalBytes, required }: GpuMemory): Verdict {
  if (there === null) return warning("unknown, nvidia-smi does not tell", "compare `nvidia-smi` with what is needed");
  const found = `${formatBytes(there)} on the reserved GPUs`;
  const less = "a smaller model, or with less ollama.contextLength or ollama.numParallel";
  if (required && there < (weightsBytes ?? 0))
    return blocking(found, `reserve more GPUs or larger ones, or deploy a package with ${less}`);
  if (there < totalBytes)
    return warning(
      found,
      `expect a part of the model on the CPU, which is slow${required ? " and which readiness.requireGpu refuses" : ""}: ` +
        `reserve more GPUs or larger ones, or deploy a package with ${less}`,
    );
  if (weightsBytes === null)
    return warning(found, "watch with `ollama ps` in the container whether all of the model is there");
  return ok(found);
}

/** Memory of the GPUs that a reservation takes, the first ones for a count; null when it is not known of each. */
function reservedMemory({ gpus: there, memory }: NvidiaFacts, gpus: GpuReservation): number | null {
  const reserved = reservedGpus(there ?? [], gpus);
  const sizes = reserved.map((gpu) => gpu && memory[gpu.uuid]);
  if (sizes.length === 0) return null;
  return sizes.reduce<number | null>((sum, size) => (sum === null || size === undefined ? null : sum + size), 0);
}

function links({ docker, nvidia: { devices, unlinked } }: GpuFacts): Check {
  const check = {
    name: "GPU device links",
    needed: "with the cgroup driver systemd, a link in /dev/char to each NVIDIA device",
  };
  if (docker.cgroupDriver !== null && docker.cgroupDriver !== "systemd")
    return { ...check, ...ok(`not needed with ${docker.cgroupDriver}`) };
  const advice =
    "run `nvidia-ctk system create-dev-char-symlinks --create-all`, and have a udev rule run it at every boot: " +
    "without the links a container loses its GPU after `systemctl daemon-reload`";
  if (devices.length === 0) return { ...check, ...warning("no NVIDIA devices in /dev", advice) };
  if (unlinked.length > 0) return { ...check, ...warning(`no link to ${unlinked.join(", ")}`, advice) };
  return { ...check, ...ok(`${devices.length} links`) };
}
