import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { Failure } from "../ollama/failure.ts";

/** A stack's configuration in the form in which Pulumi hands it to a program: text, with objects as JSON. */
export interface StackValues {
  readonly values: Readonly<Record<string, string>>;
  /** Keys whose values are encrypted and stay so. */
  readonly secretKeys: readonly string[];
}

interface ProjectKey {
  readonly default?: unknown;
  readonly value?: unknown;
}

const secretMark = "[secret]";

function isSecret(value: unknown): boolean {
  return typeof value === "object" && value !== null && "secure" in value;
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function read(file: string): unknown {
  try {
    return parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${(error as Error).message}`);
  }
}

/** Reads a stack's configuration as Pulumi does, from Pulumi.<stack>.yaml and the defaults in Pulumi.yaml, without its CLI. */
export function readStackFiles(stack: string): StackValues {
  const project = read("Pulumi.yaml") as { config?: Record<string, ProjectKey> };
  const own = (read(`Pulumi.${stack}.yaml`) as { config?: Record<string, unknown> } | null)?.config ?? {};
  const defaults = Object.entries(project.config ?? {}).map(
    ([key, entry]) => [`gemma:${key}`, entry.value ?? entry.default] as const,
  );
  const merged = { ...Object.fromEntries(defaults), ...own };
  const secretKeys = Object.keys(merged).filter((key) => isSecret(merged[key]));
  const values = Object.entries(merged).map(
    ([key, value]) => [key, isSecret(value) ? secretMark : asText(value)] as const,
  );
  return { values: Object.fromEntries(values), secretKeys };
}
