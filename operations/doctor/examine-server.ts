import { formatBytes } from "../../support/units.ts";
import { isBad, type Evidence, type GenerationEvidence, type ServerEvidence } from "./evidence.ts";
import type { Finding } from "./finding.ts";

/** Whether the server answers, and its models generate. */
export function examineServer({ server, containers, commands }: Evidence): Finding[] {
  if (server === undefined) return [];
  const name = containers.find(({ role }) => role === "server")?.name ?? "the server";
  const restart = `docker restart ${name}`;
  if (server.version === undefined)
    return [
      {
        id: "server-not-answering",
        severity: "error",
        found: "The server's container runs, and the server does not answer",
        evidence: [`GET /api/version: ${server.failure ?? "no answer"}`],
        advice: [`docker logs --tail 50 ${name}`, restart, commands.fix],
        fix: "restart",
      },
    ];
  if (server.damagedBlobs.length > 0) return [damagedStore(server, name, commands.fix)];
  return server.generations.flatMap((generation) => examineGeneration(generation, server, restart, commands.fix) ?? []);
}

function damagedStore({ generations, damagedBlobs }: ServerEvidence, name: string, fix: string): Finding {
  const failing = generations.filter(isBad);
  return {
    id: "model-files-damaged",
    severity: "error",
    found: `Files of the models in ${name} are not what they were${failing.length === 0 ? "" : `, and ${failing.map(({ model }) => model).join(", ")} cannot be served from them`}`,
    evidence: [
      ...failing.map(({ model, path, failure }) => `POST ${path} to ${model}: ${failure ?? ""}`),
      ...damagedBlobs.map((blob) => `${blob}: its SHA-256 is another`),
    ],
    advice: [
      `${fix}: a server with whole files takes the place of this one; what was downloaded is compared, and downloaded again`,
      "Damaged again at once: the image in Docker's own store is. Remove it with `docker rmi` while the stack is down, and load it again; and see to the disk: `dmesg | grep -iE 'i/o error|ext4|xfs'`",
    ],
    fix: "replace",
  };
}

function examineGeneration(
  { model, path, wasLoaded, result, seconds, failure }: GenerationEvidence,
  { version }: ServerEvidence,
  restart: string,
  fix: string,
): Finding | undefined {
  const answers = `GET /api/version: ${version ?? ""}; ${model} ${wasLoaded ? "is" : "was not"} loaded`;
  if (result === "failed")
    return {
      id: "generation-fails",
      severity: "error",
      found: `The server answers, and ${model} does not`,
      evidence: [answers, `POST ${path}: ${failure ?? ""}`],
      advice: [fix, restart],
      fix: "reload",
    };
  if (result === "wrong")
    return {
      id: "wrong-text",
      severity: "error",
      found: `${model} answers with what means nothing`,
      evidence: [answers, failure ?? ""],
      advice: [fix, restart, "Where that does not help, see to its GPU: `nvidia-smi -q -d ECC`, `dmesg | grep -i xid`"],
      fix: "reload",
    };
  if (result !== "late") return undefined;
  const evidence = [answers, `POST ${path}: nothing within ${Math.round(seconds)} s`];
  if (wasLoaded)
    return {
      id: "stuck-runner",
      severity: "error",
      found: `The server answers, and the runner of ${model} is stuck`,
      evidence,
      advice: [fix, restart],
      fix: "reload",
    };
  return {
    id: "model-does-not-load",
    severity: "error",
    found: `${model} was not in memory, and did not load in time`,
    evidence,
    advice: ["A large model on a slow disk takes minutes: once more with `--timeout 10m`", fix],
    fix: "reload",
  };
}

/** Whether the GPUs are where they should be, and the models on them. */
export function examineGpu({ server, engine, containers }: Evidence): Finding[] {
  if (server === undefined) return [];
  const container = containers.find(({ role }) => role === "server");
  const name = container?.name ?? "the server";
  const findings: Finding[] = [];
  if (server.gpuFailure !== undefined) findings.push(gpuLost(server.gpuFailure, name, engine.cgroupDriver));
  const isWanted = server.requireGpu || container?.now?.hasGpus === true;
  for (const { name: model, size, vram } of isWanted ? server.loaded.filter(({ size, vram }) => vram < size) : [])
    findings.push({
      id: "model-on-cpu",
      severity: server.requireGpu ? "error" : "warning",
      found: `${model} is not wholly on the GPU: ${Math.round((100 * (size - vram)) / size)} % of it is on the CPU`,
      evidence: [`/api/ps: size ${formatBytes(size)}, size_vram ${formatBytes(vram)}`],
      advice: [
        "See who else uses the GPU's memory: `nvidia-smi`",
        `Load it anew once there is room: \`docker restart ${name}\``,
        "Where it does not fit: lower contextLength or parallel, or serve a smaller model",
      ],
      fix: "restart",
    });
  return findings;
}

function gpuLost(failure: string, name: string, cgroupDriver: string | undefined): Finding {
  const isReloaded = failure.includes("Failed to initialize NVML") && cgroupDriver === "systemd";
  const cure = isReloaded
    ? [
        "`systemctl daemon-reload` takes GPUs from running containers under the cgroup driver systemd without CDI",
        'So that it does not come back: `nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml`, and CDI devices for the container; or "exec-opts": ["native.cgroupdriver=cgroupfs"] in /etc/docker/daemon.json and `systemctl restart docker`',
      ]
    : ["See whether the host has it: `nvidia-smi`; if not, `dmesg | grep -i xid`, and reload the driver"];
  return {
    id: "gpu-lost",
    severity: "error",
    found: "The server's container has lost its GPU, and models run on the CPU from their next load on",
    evidence: [`nvidia-smi in ${name}: ${failure}`, `cgroup driver ${cgroupDriver ?? "unknown"}`],
    advice: [`docker restart ${name}`, ...cure],
    fix: "restart",
  };
}
