import { currentEndpoint } from "../../engine/endpoint.ts";
import { ask as askEngine, gatherEngine, type EngineInfo } from "../../engine/facts.ts";
import { examineCertificate } from "../../gateway/examine-certificate.ts";
import type { StackOutputs } from "../../runner/outputs.ts";
import { reasonOf } from "../../support/failure.ts";
import type { Evidence } from "./evidence.ts";
import { gatherContainers } from "./gather-containers.ts";
import { gatherHost } from "./gather-host.ts";
import { gatherServer } from "./gather-server.ts";
import { gatherTraffic } from "./gather-traffic.ts";
import type { Recorded } from "./recorded.ts";

/** Minutes of logs that are looked at. */
const minutes = 10;

/** Which stack is looked at. */
export interface Subject {
  readonly outputs: StackOutputs;
  readonly recorded: Recorded;
  readonly commands: Evidence["commands"];
  /** Folders of the stack whose disks are looked at, besides Docker's. */
  readonly folders: readonly string[];
  /** Seconds that a small generation may take. */
  readonly timeout: number;
  /** Whether the models' files are compared also where all of them answer. */
  readonly files: boolean;
}

/** Looks at a stack and its host, and changes nothing; never rejects for what it finds. */
export async function gather({ outputs, recorded, commands, folders, timeout, files }: Subject): Promise<Evidence> {
  const endpoint = await currentEndpoint();
  const failure = await gatherEngine(endpoint).then(() => undefined, reasonOf);
  const info = failure === undefined ? await infoOf(endpoint) : {};
  const containers = failure === undefined ? await gatherContainers(endpoint, recorded.containers) : [];
  const server = containers.find(({ role }) => role === "server")?.now;
  const gateway = containers.find(({ role }) => role === "gateway")?.now;
  const asked = { outputs, timeout, minutes, files };
  return {
    commands,
    engine: { failure, cgroupDriver: info.CgroupDriver },
    deployment: { pending: recorded.pending, atWork: recorded.atWork },
    containers,
    server: server?.status === "running" ? await gatherServer({ ...asked, container: server }) : undefined,
    traffic: await gatherTraffic(gateway?.id, minutes),
    host: await gatherHost([...(info.DockerRootDir === undefined ? [] : [info.DockerRootDir]), ...folders]),
    certificate: await certificateOf(outputs),
  };
}

function infoOf(endpoint: string): Promise<EngineInfo & { readonly CgroupDriver?: string }> {
  return askEngine(endpoint, "/info");
}

async function certificateOf({ gatewayStatus }: StackOutputs): Promise<Evidence["certificate"]> {
  const { certificate = null, calledBy = { hosts: [], address: undefined } } = gatewayStatus ?? {};
  if (certificate === null) return [];
  // Whoever looks after the service need not be able to read the key.
  return (await examineCertificate({ ...calledBy, certificate, key: undefined })).findings;
}
