import type { z } from "zod";
import { about, type About } from "./about.ts";
import { configSchema } from "./schema.ts";

/** What a schema is made of, as far as it is of that kind. */
interface SchemaParts {
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly element?: z.ZodType;
  readonly out?: z.ZodType;
  readonly unwrap?: () => z.ZodType;
  readonly def?: { readonly type: string; readonly defaultValue?: unknown };
}

/** A schema without a default around it and conversions in front of it. */
export function plain(schema: unknown): SchemaParts {
  const parts = (schema ?? {}) as SchemaParts;
  if (parts.out?.def !== undefined && plain(parts.out).shape !== undefined) return plain(parts.out);
  if (parts.shape !== undefined || parts.element !== undefined || parts.unwrap === undefined) return parts;
  return plain(parts.unwrap());
}

/** A key of the configuration that has a value of its own. */
export interface ConfigKey {
  /** Names from the top, `[]` for the elements of a list: `["gateway", "clients", "[]", "name"]`. */
  readonly path: readonly string[];
  readonly about: About;
  /** What is taken when it is left out, as it would be written; undefined for nothing. */
  readonly default: unknown;
}

/** Every key in the order of the schema, those of objects below the object's place. */
export function configKeys(schema: unknown = configSchema, path: readonly string[] = []): ConfigKey[] {
  const { shape, element } = plain(schema);
  const described = about.get(schema as z.ZodType);
  if (shape !== undefined) return Object.entries(shape).flatMap(([name, inner]) => configKeys(inner, [...path, name]));
  const own = described === undefined ? [] : [{ path, about: described, default: defaultOf(schema) }];
  return element === undefined ? own : [...own, ...configKeys(element, [...path, "[]"])];
}

function defaultOf(schema: unknown): unknown {
  return (schema as SchemaParts).def?.defaultValue;
}

/** How people name a key: `gateway.clients[].name`. */
export function nameOf({ path }: Pick<ConfigKey, "path">): string {
  return path.join(".").replaceAll(".[]", "[]");
}

/** Names of the keys below a path; none when there is no object. */
export function keysBelow(path: readonly string[]): string[] {
  let schema: unknown = configSchema;
  for (const name of path) {
    const { shape, element } = plain(schema);
    schema = shape?.[name] ?? element;
  }
  return Object.keys(plain(schema).shape ?? {});
}

/** The key that sets a variable of the server, or whose business it is; undefined for one without. */
export function keyOfVariable(variable: string): string | undefined {
  const found = configKeys().find(
    ({ about: { variable: own, reserves = [] } }) => own === variable || reserves.includes(variable),
  );
  return found && nameOf(found);
}
