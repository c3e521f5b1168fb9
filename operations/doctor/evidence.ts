import type { Finding as CertificateFinding } from "../../gateway/finding.ts";
import type { Space } from "../../offline/preflight/space-facts.ts";

/** All that was seen of a stack and its host; the examinations look at nothing else. */
export interface Evidence {
  /** Whole commands of this host. */
  readonly commands: { readonly fix: string; readonly health: string };
  readonly engine: EngineEvidence;
  /** What Pulumi has written down and not finished, and whether a run is at it. */
  readonly deployment: { readonly pending: number; readonly atWork: boolean };
  readonly containers: readonly ContainerEvidence[];
  /** Undefined while its container does not run. */
  readonly server: ServerEvidence | undefined;
  readonly traffic: TrafficEvidence;
  readonly host: HostEvidence;
  readonly certificate: readonly CertificateFinding[];
}

/** The Docker engine. */
export interface EngineEvidence {
  /** Why it does not answer; undefined when it does. */
  readonly failure?: string | undefined;
  readonly cgroupDriver?: string | undefined;
}

/** A container that was deployed. */
export interface ContainerEvidence {
  readonly name: string;
  /** `server`, `usher`, `gateway`, or what else it was made as. */
  readonly role: string;
  /** Undefined when the engine has no such container. */
  readonly now: ContainerNow | undefined;
  /** Networks that it was made in. */
  readonly networks: readonly string[];
}

/** How a container is, in the words of `docker inspect`. */
export interface ContainerNow {
  readonly id: string;
  readonly status: string;
  readonly exitCode: number;
  readonly error: string;
  readonly oomKilled: boolean;
  readonly restarts: number;
  readonly stoppedByHand: boolean;
  readonly health: string | undefined;
  readonly networks: readonly string[];
  /** Bytes; 0 for no limit. */
  readonly memoryLimit: number;
  /** Bytes that cannot be given back. */
  readonly memoryUsed: number | undefined;
  /** Processes that the kernel has killed in it for want of memory since it started. */
  readonly oomKills: number;
  readonly hasGpus: boolean;
}

/** What the model server answers. */
export interface ServerEvidence {
  readonly version: string | undefined;
  /** Why it tells no version. */
  readonly failure?: string | undefined;
  readonly loaded: readonly LoadedEvidence[];
  readonly requireGpu: boolean;
  readonly generations: readonly GenerationEvidence[];
  /** Blobs of its store whose content is other than their name says; looked for where a model does not answer as it should, or on demand. */
  readonly damagedBlobs: readonly string[];
  /** What `nvidia-smi -L` in its container says wrong; undefined without GPUs, or when it lists them. */
  readonly gpuFailure?: string | undefined;
  /** How often it has started a runner within the last minutes. */
  readonly loads: number;
}

/** A model in memory; bytes, and tokens. */
export interface LoadedEvidence {
  readonly name: string;
  readonly size: number;
  readonly vram: number;
  readonly context: number | undefined;
}

/** A small question to a model. */
export interface GenerationEvidence {
  readonly model: string;
  /** Where it was asked: `/api/generate`, or `/api/embed`. */
  readonly path: string;
  readonly wasLoaded: boolean;
  /** `wrong`: what came is no text, or no vector. */
  readonly result: "answered" | "late" | "failed" | "wrong";
  /** How long it took, or how long was waited for it. */
  readonly seconds: number;
  readonly tokensPerSecond: number | undefined;
  readonly minTokensPerSecond: number;
  readonly failure?: string | undefined;
}

/** Whether a damaged file may be why a model answered as it did. */
export function isBad({ result }: GenerationEvidence): boolean {
  return result === "failed" || result === "wrong";
}

/** What the gateway's log tells of the last minutes. */
export interface TrafficEvidence {
  readonly minutes: number;
  /** Requests that were refused with 429, by client. */
  readonly refused: Readonly<Record<string, number>>;
  /** Time that answered requests took, by client, seconds. */
  readonly busy: Readonly<Record<string, number>>;
  /** Longest wait in the queue, seconds. */
  readonly longestWait: number;
}

/** The host; null where it is not told. */
export interface HostEvidence {
  readonly cpus: number;
  /** Load average of a minute. */
  readonly load: number;
  readonly memoryTotal: number | null;
  readonly memoryAvailable: number | null;
  readonly swapTotal: number | null;
  readonly swapFree: number | null;
  readonly spaces: readonly Space[];
  /** Whether its clock is kept by NTP. */
  readonly clockKept: boolean | null;
}
