import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
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

/**
 * @throws Failure that names the stacks that there are when a folder has no Pulumi.<stack>.yaml
 */
export function requireStackFile(stack: string, folder = ""): void {
  const file = `Pulumi.${stack}.yaml`;
  if (existsSync(join(folder, file))) return;
  const others = readdirSync(resolve(folder)).flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []);
  const advice =
    others.length === 0
      ? ", nor of another stack: write it"
      : `; the stacks there are ${others.toSorted().join(", ")}: name one of them, or write that file`;
  throw new Failure(`There is no ${file} in ${resolve(folder)}${advice}`, exitStatus.refused);
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
  requireStackFile(stack, folder);
  return (read(join(folder, `Pulumi.${stack}.yaml`)) as { config?: Record<string, unknown> } | null)?.config ?? {};
}
