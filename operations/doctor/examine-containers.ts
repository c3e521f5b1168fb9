import type { ContainerEvidence, Evidence } from "./evidence.ts";
import type { Finding } from "./finding.ts";

/** Whether the engine answers, without which nothing else can be told. */
export function examineEngine({ engine }: Evidence): Finding[] {
  if (engine.failure === undefined) return [];
  return [
    {
      id: "engine-not-answering",
      severity: "error",
      found: "The Docker engine does not answer",
      evidence: [engine.failure],
      advice: ["See how it is: `systemctl status docker`, `journalctl -u docker -n 50`", "`systemctl restart docker`"],
    },
  ];
}

/** Whether every container that was deployed is there, runs and is healthy. */
export function examineContainers({ containers, commands, deployment }: Evidence): Finding[] {
  // Who is replacing them stops and starts them.
  if (deployment.atWork) return [];
  return containers.flatMap((container) => examineContainer(container, commands.fix) ?? []);
}

function examineContainer({ name, role, now }: ContainerEvidence, fix: string): Finding | undefined {
  const about = { severity: "error", fix: "up" } as const;
  if (now === undefined) {
    const found = `The container ${name} (${role}) is gone: somebody has removed it`;
    return { ...about, id: "container-missing", found, evidence: [`docker inspect ${name}: not found`], advice: [fix] };
  }
  const { status, exitCode, error, restarts, health } = now;
  const evidence = [`status ${status}, exit code ${exitCode}, restarts ${restarts}${error && `, ${error}`}`];
  const log = `docker logs --tail 50 ${name}`;
  // Docker's own word is missing where a process inside was chosen, and 137 is also what `docker kill` leaves.
  if (status !== "running" && now.oomKilled) return undefined;
  if (now.stoppedByHand) {
    const found = `The container ${name} (${role}) was stopped by hand, and Docker does not start it again`;
    return { ...about, id: "container-stopped", found, evidence, advice: [`docker start ${name}`, fix], fix: "start" };
  }
  if (status === "paused") {
    const found = `The container ${name} (${role}) is paused`;
    return { id: "container-paused", severity: "error", found, evidence, advice: [`docker unpause ${name}`] };
  }
  if (status === "restarting") {
    const found = `The container ${name} (${role}) ends again and again`;
    return { id: "container-restarting", severity: "error", found, evidence, advice: [log] };
  }
  if (status !== "running")
    return {
      ...about,
      id: "container-down",
      found: `The container ${name} (${role}) does not run`,
      evidence,
      advice: [log, fix],
    };
  if (health !== "unhealthy") return undefined;
  const found = `The container ${name} (${role}) runs, and its health check fails`;
  const asked = `docker inspect --format '{{json .State.Health}}' ${name}`;
  return { id: "container-unhealthy", severity: "error", found, evidence: ["health unhealthy"], advice: [asked, log] };
}

/** Whether every running container is in the networks it was made in. */
export function examineNetworks({ containers, commands }: Evidence): Finding[] {
  return containers.flatMap(({ name, role, now, networks }) => {
    if (now?.status !== "running") return [];
    const lost = networks.filter((network) => !now.networks.includes(network));
    return lost.map((network): Finding => ({
      id: "network-lost",
      severity: "error",
      found: `The container ${name} (${role}) was taken off its network ${network}`,
      evidence: [`it is in ${now.networks.join(", ") || "none"}, and was made in ${networks.join(", ")}`],
      advice: [commands.fix],
      fix: "reconnect",
    }));
  });
}

/** Whether an update was cut short. */
export function examineDeployment({ deployment, commands }: Evidence): Finding[] {
  if (deployment.pending === 0 || deployment.atWork) return [];
  return [
    {
      id: "deployment-interrupted",
      severity: "error",
      found: "An update of the stack was interrupted, and nothing has cleared up after it",
      evidence: [`pending operations in the state: ${deployment.pending}`],
      advice: [commands.fix],
      fix: "up",
    },
  ];
}
