import type { GpuReservation } from "../../config/gpu-reservation.ts";
import { isAtLeast } from "../../engine/judge.ts";
import type { CdiSpec } from "./cdi-facts.ts";
import { blocking, ok, warning, type Check, type Verdict } from "./check.ts";
import type { GpuFacts } from "./facts.ts";

/** The first Docker that gives GPUs by CDI, and by the runtime's hook where CDI does not know them (moby/moby#50228). */
const firstWithCdi = "29.2";

/** Whether the NVIDIA container toolkit is there, in the form that this Docker asks. */
export function toolkitChecks(facts: GpuFacts, gpus: GpuReservation): Check[] {
  const specification = usesCdi(facts) ? [specificationCheck(facts, gpus)] : [];
  const runtime = facts.docker.defaultRuntime === "nvidia" ? [defaultRuntime(facts)] : [];
  return [toolkit(facts), ...specification, ...runtime];
}

/** Docker looks for the hooks as it starts, and for the specifications each time. */
function usesCdi({ docker, nvidia }: GpuFacts): boolean {
  return nvidia.cdiHook !== null && isAtLeast(docker.version, firstWithCdi);
}

const install =
  "install the package nvidia-container-toolkit, run `nvidia-ctk runtime configure --runtime=docker`, and restart Docker";

function toolkit(facts: GpuFacts): Check {
  const needed = `nvidia-container-runtime-hook, or from Docker ${firstWithCdi} on nvidia-cdi-hook`;
  return { name: "NVIDIA toolkit", needed, ...hasHook(facts) };
}

function hasHook(facts: GpuFacts): Verdict {
  const { docker, nvidia } = facts;
  const hooks = [usesCdi(facts) ? nvidia.cdiHook : null, nvidia.runtimeHook].filter((hook) => hook !== null);
  if (hooks.length > 0) return ok(hooks.join(", "));
  // The toolkit can lie where only Docker's own PATH leads.
  if (docker.runtimes.includes("nvidia"))
    return warning("the runtime nvidia, but no hook that Docker asks for GPUs", `if GPUs are refused, ${install}`);
  const parts = [nvidia.cdiHook, nvidia.runtime, nvidia.ctk].filter((part) => part !== null);
  if (parts.length === 0) return blocking("nothing of the toolkit", install);
  const others = "the package nvidia-container-toolkit-base alone is enough for newer Dockers only";
  return blocking(`only ${parts.join(", ")}`, `${install}: ${others}`);
}

const generate = (path: string) =>
  `run \`nvidia-ctk cdi generate --output=${path}\`, and again after each update of the driver`;

function specificationCheck(facts: GpuFacts, gpus: GpuReservation): Check {
  return {
    name: "CDI specification",
    needed: "the reserved GPUs in a folder where Docker looks, and on the host what is named for them",
    ...knows(facts, cdiNames(gpus)),
  };
}

/** Names by which Docker looks for GPUs: a count means the first ones. */
function cdiNames(gpus: GpuReservation): readonly string[] {
  if (gpus.kind === "none") return [];
  if (gpus.kind === "devices") return gpus.ids;
  return gpus.count < 0 ? ["all"] : Array.from({ length: gpus.count }, (_, index) => String(index));
}

function knows({ docker: { cdiFolders }, nvidia, cdi }: GpuFacts, names: readonly string[]): Verdict {
  // What CDI does not know Docker gives by the other hook, but what it knows wrongly ends the container's start.
  const unlessHook = nvidia.runtimeHook === null ? blocking : warning;
  if (cdiFolders.length === 0)
    return unlessHook(
      "CDI is off in Docker",
      'remove "cdi": false from features and an empty cdi-spec-dirs in /etc/docker/daemon.json, and restart Docker',
    );
  const last = cdi.at(-1);
  if (last === undefined)
    return unlessHook(`none in ${cdiFolders.join(", ")}`, generate(`${cdiFolders[0]}/nvidia.yaml`));
  const unknown = names.filter((name) => specOf(cdi, name) === undefined);
  if (unknown.length > 0) return unlessHook(`${last.path} has no GPU ${unknown.join(", ")}`, generate(last.path));
  const lacking = names.flatMap((name) => missingOf(cdi, name)).filter(({ missing }) => missing.length > 0);
  const file = lacking.find(({ missing }) => missing.some((path) => !isDevice(path)));
  if (file !== undefined)
    return blocking(notThere(file), `the driver or the toolkit was updated since: ${generate(file.path)}`);
  const [device] = lacking;
  if (device === undefined) return ok([...new Set(names.map((name) => specOf(cdi, name)?.path))].join(", "));
  return unlessHook(
    notThere(device),
    `make the driver's devices with \`nvidia-modprobe -u -c 0\`, at each boot with nvidia-persistenced; for a GPU that was taken out, ${generate(device.path)}`,
  );
}

const isDevice = (path: string) => path.startsWith("/dev/");

/** Where several have a device, the last one counts. */
const specOf = (cdi: readonly CdiSpec[], name: string) => cdi.findLast(({ devices }) => name in devices);

function missingOf(cdi: readonly CdiSpec[], name: string) {
  const spec = specOf(cdi, name);
  return spec === undefined ? [] : [{ path: spec.path, missing: spec.devices[name] ?? [] }];
}

function notThere({ path, missing }: { readonly path: string; readonly missing: readonly string[] }): string {
  const [first, ...others] = missing;
  return `${path} names ${first}${others.length > 0 ? ` and ${others.length} more` : ""}, not there`;
}

/** `--gpus` needs no runtime of its own, but a container starts with the default one. */
function defaultRuntime({ nvidia }: GpuFacts): Check {
  const check = { name: "NVIDIA runtime", needed: "nvidia-container-runtime, with which Docker starts each container" };
  if (nvidia.runtime !== null) return { ...check, ...ok(nvidia.runtime) };
  const advice = `${install}, or remove "default-runtime" from /etc/docker/daemon.json and restart Docker`;
  return { ...check, ...warning("the default runtime nvidia, but no nvidia-container-runtime", advice) };
}
