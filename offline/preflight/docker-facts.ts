import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { currentEndpoint } from "../../engine/endpoint.ts";
import { gatherEngine, type EngineInfo } from "../../engine/facts.ts";
import { engineProblem } from "../../engine/judge.ts";
import { reasonOf } from "../../support/failure.ts";
import { ask, softly, type Answer } from "./ask.ts";

/** What Docker says of itself; null is unknown. */
export interface DockerFacts {
  /** Why Docker does not answer; null when it does. */
  readonly failure: string | null;
  /** Why `up` would not take the engine that answers, and what to do; null when it would. */
  readonly refusal: string | null;
  readonly version: string | null;
  /** CPUs that it can give a container. */
  readonly cpus: number | null;
  readonly storageDriver: string | null;
  /** Whether images are kept by containerd, as by default from Docker 29 on, and not by a storage driver. */
  readonly containerdStore: boolean;
  /** DockerRootDir. */
  readonly rootFolder: string | null;
  /** Folder under which loaded images are put: Docker's, or containerd's with the containerd image store. */
  readonly imageFolder: string | null;
  readonly cgroupDriver: string | null;
  readonly cgroupVersion: string | null;
  readonly runtimes: readonly string[];
  readonly defaultRuntime: string | null;
  /** Whether users of containers are others on the host, which keeps containers from the host's processes. */
  readonly usersRemapped: boolean;
  /** Folders in which it looks for CDI specifications, none where CDI is off. */
  readonly cdiFolders: readonly string[];
}

/** Asks Docker. */
export async function gatherDocker(): Promise<DockerFacts> {
  const answer = await ask("docker", "info", "--format", "{{json .}}");
  const config = await softly(readFile("/etc/containerd/config.toml", "utf8"));
  const docker = readDockerInfo(answer, config ?? "");
  return docker.failure === null ? { ...docker, refusal: await refusal(parse(answer.text)) } : docker;
}

async function refusal(info: EngineInfo): Promise<string | null> {
  try {
    return engineProblem(await gatherEngine(await currentEndpoint(), info)) ?? null;
  } catch (error) {
    return reasonOf(error);
  }
}

/**
 * Reads the answer of `docker info --format '{{json .}}'`.
 * @param containerdConfig - text of /etc/containerd/config.toml, which may move containerd's folder
 */
export function readDockerInfo({ text, failure }: Answer, containerdConfig = ""): DockerFacts {
  const info = parse(text);
  const version = textOf(info["ServerVersion"]);
  const rootFolder = textOf(info["DockerRootDir"]);
  const containerdStore = JSON.stringify(info["DriverStatus"] ?? null).includes("io.containerd.snapshotter");
  return {
    failure: failure ?? (version === null ? "docker info names no server version" : null),
    refusal: null,
    version,
    cpus: typeof info["NCPU"] === "number" && info["NCPU"] > 0 ? info["NCPU"] : null,
    storageDriver: textOf(info["Driver"]),
    containerdStore,
    rootFolder,
    imageFolder: rootFolder && containerdStore ? containerdFolder(info, rootFolder, containerdConfig) : rootFolder,
    cgroupDriver: textOf(info["CgroupDriver"]),
    cgroupVersion: textOf(info["CgroupVersion"]),
    runtimes: Object.keys(info["Runtimes"] ?? {}),
    defaultRuntime: textOf(info["DefaultRuntime"]),
    usersRemapped: JSON.stringify(info["SecurityOptions"] ?? null).includes("name=userns"),
    cdiFolders: (info["CDISpecDirs"] as string[] | null | undefined) ?? [],
  };
}

type Json = Readonly<Record<string, unknown>>;

function parse(text: string): Json {
  try {
    return (JSON.parse(text) as Json | null) ?? {};
  } catch {
    return {};
  }
}

/** Docker's CLI leaves fields empty when the engine is not there. */
function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** Where containerd keeps images: in Docker's folder when Docker started it, else where its configuration says. */
function containerdFolder(info: Json, rootFolder: string, config: string): string {
  // Docker's own containerd listens in Docker's run folder, the host's in /run/containerd.
  if (JSON.stringify(info["Containerd"] ?? null).includes("/docker/containerd/"))
    return join(rootFolder, "containerd/daemon");
  const [beforeTables = ""] = config.split(/^\s*\[/m);
  return /^\s*root\s*=\s*["']([^"']+)["']/m.exec(beforeTables)?.[1] ?? "/var/lib/containerd";
}
