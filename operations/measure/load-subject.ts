import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { gpuNeed, hostNeed } from "../../config/loaded-models.ts";
import { embedsAlone } from "../../config/purposes.ts";
import { contextOf, type ResolvedConfig } from "../../config/resolve.ts";
import { findModel } from "../../config/catalogue.ts";
import { ask, type EngineInfo } from "../../engine/facts.ts";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure } from "../../support/failure.ts";
import { projectFolder } from "../../support/project-folder.ts";
import { MiB } from "../../support/units.ts";
import type { ClientAccess } from "./client-access.ts";
import type { LoadRun } from "./load-run.ts";
import { send, type Service } from "./service.ts";

/** The path by which a model is asked, and its name. */
export interface LoadTarget {
  readonly model: string;
  readonly path: "/api/generate" | "/api/chat";
}

/**
 * Which model is asked, and how; by default the first that answers.
 * @throws Failure that names what the client can use
 */
export function loadTarget({ models, endpoints, client }: ClientAccess, name?: string): LoadTarget {
  const answering = models.filter((model) => !embedsAlone(model.for)).map((model) => model.name);
  const model = name ?? answering[0];
  if (model === undefined || !answering.includes(model)) {
    const got = model ?? "none of the models";
    const known =
      answering.length === 0 ? "there is no model that answers" : `those that answer are ${answering.join(", ")}`;
    throw new Failure(`${got} cannot be measured: ${known}`, exitStatus.refused);
  }
  const path = endpoints.includes("generate") ? "/api/generate" : "/api/chat";
  if (path === "/api/chat" && !endpoints.includes("chat"))
    throw new Failure(
      `The client ${client} may neither generate nor chat by Ollama's interface, whose answers tell the server's own times: ` +
        `name another with --client`,
      exitStatus.refused,
    );
  return { model, path };
}

/** The keys of a configuration that decide how fast a model answers, and how much memory one more slot takes. */
export function configFacts(config: ResolvedConfig, target: LoadTarget, client: string | undefined): LoadRun["config"] {
  const { ollama, cpus, memory, gpus, gateway } = config;
  const own = config.models.find(({ name }) => name === target.model);
  const needs = [ollama.numParallel, ollama.numParallel + 1].map((numParallel) => hostBytes(config, numParallel));
  const [neededBytes = null, withOneMore = null] = needs;
  return {
    numParallel: ollama.numParallel,
    maxParallel: gateway.clients.find(({ name }) => name === client)?.maxParallel ?? null,
    contextLength: contextOf({ contextLength: own?.contextLength }, findModel(target.model), ollama),
    threads: ollama.threads ?? null,
    kvCacheType: ollama.kvCacheType,
    flashAttention: ollama.flashAttention,
    cpus,
    memoryBytes: memory === 0 ? null : memory * MiB,
    neededBytes,
    slotBytes: neededBytes === null || withOneMore === null ? null : withOneMore - neededBytes,
    gpus: gpus.kind !== "none",
  };
}

/** Undefined where some model is unknown, or lies in GPU memory, whose size is not known here. */
function hostBytes({ models, ollama, gpus }: ResolvedConfig, numParallel: number): number | null {
  const loading = { models, gpus, ollama: { ...ollama, numParallel } };
  if (gpuNeed(loading) !== undefined) return null;
  const { sum, unknown } = hostNeed(loading);
  return unknown.length > 0 ? null : sum.total;
}

/** What the host of an engine is; unknown where the engine does not say. */
export async function hostFacts(endpoint: string): Promise<LoadRun["host"]> {
  const info = await ask<EngineInfo>(endpoint, "/info").catch((): EngineInfo => ({}));
  return { name: info.Name ?? hostname(), cpus: info.NCPU ?? null, memoryBytes: info.MemTotal ?? null };
}

/** Versions of all that answers. */
export async function versionFacts(
  service: Service,
  { baseImage }: Pick<ResolvedConfig, "baseImage">,
): Promise<LoadRun["version"]> {
  const { version } = JSON.parse(await readFile(join(projectFolder, "package.json"), "utf8")) as { version: string };
  const ollama = (await look<{ version?: string }>(service, "/api/version"))?.version ?? "unknown";
  return { program: version, ollama, image: baseImage };
}

/** A model in memory, as Ollama tells it; null where the client may not look, or it is not there. */
export async function loadedFacts(service: Service, model: string): Promise<LoadRun["loaded"]> {
  interface Loaded {
    readonly name: string;
    readonly size: number;
    readonly size_vram: number;
    readonly context_length?: number;
  }
  const models = (await look<{ models?: readonly Loaded[] | null }>(service, "/api/ps"))?.models ?? [];
  const found = models.find(({ name }) => name === model);
  if (found === undefined) return null;
  return { bytes: found.size, gpuBytes: found.size_vram, contextLength: found.context_length ?? null };
}

async function look<Body>(service: Service, path: string): Promise<Body | undefined> {
  const answer = await send(service, { method: "GET", path });
  const body = await text(answer);
  return answer.statusCode === 200 ? (JSON.parse(body) as Body) : undefined;
}
