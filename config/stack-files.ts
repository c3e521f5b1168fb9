import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { exitStatus } from "../support/exit-status.ts";
import { Failure } from "../support/failure.ts";
import type { StackValues } from "./check.ts";
import { encodingProblem } from "./encoding.ts";

interface ProjectKey {
  readonly default?: unknown;
  readonly value?: unknown;
}

/** Whether a value, or one anywhere inside it, is encrypted. */
export function isSecret(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const keys = Object.keys(value);
  return (keys.length === 1 && keys[0] === "secure") || Object.values(value).some(isSecret);
}

/** A value as Pulumi hands it over. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function read(file: string): unknown {
  try {
    const bytes = readFileSync(file);
    const problem = encodingProblem(bytes);
    if (problem !== undefined) throw new Error(problem);
    return parse(bytes.toString());
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${(error as Error).message}`, exitStatus.refused);
  }
}

/** Reads a stack's configuration as Pulumi does, from Pulumi.<stack>.yaml and the defaults in Pulumi.yaml, without its CLI. */
export function readStackFiles(stack: string, folder = ""): StackValues {
  const merged = mergedKeys(stack, folder);
  const secretKeys = Object.keys(merged).filter((key) => isSecret(merged[key]));
  const values = Object.entries(merged).map(([key, value]) => [key, asText(value)] as const);
  return { values: Object.fromEntries(values), secretKeys };
}

/** A stack's keys over the defaults of the project, as the files in a folder have them. */
export function mergedKeys(stack: string, folder = ""): Readonly<Record<string, unknown>> {
  const project = read(join(folder, "Pulumi.yaml")) as { config?: Record<string, ProjectKey> } | null;
  const defaults = Object.entries(project?.config ?? {}).map(
    ([key, entry]) => [`gemma:${key}`, entry.value ?? entry.default] as const,
  );
  return { ...Object.fromEntries(defaults), ...stackKeys(stack, folder) };
}

/** A stack's own keys as its file has them, defaults left out. */
export function stackKeys(stack: string, folder = ""): Readonly<Record<string, unknown>> {
  return (read(join(folder, `Pulumi.${stack}.yaml`)) as { config?: Record<string, unknown> } | null)?.config ?? {};
}
