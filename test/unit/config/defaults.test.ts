import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { projectFolder } from "../../../support/project-folder.ts";
import { objectKeys } from "../../../config/parse.ts";
import { configSchema } from "../../../config/schema.ts";

interface ProjectKey {
  readonly description?: string;
  readonly type?: string;
  readonly default?: unknown;
  readonly value?: unknown;
}

interface YamlFile<Value> {
  readonly config: Readonly<Record<string, Value>>;
}

function readYaml<Value>(file: string): Readonly<Record<string, Value>> {
  return (parse(readFileSync(join(projectFolder, file), "utf8")) as YamlFile<Value>).config;
}

const project = readYaml<ProjectKey>("Pulumi.yaml");
const schemaKeys = Object.keys(configSchema.shape);
const objects = schemaKeys.filter((key) => objectKeys.includes(key) && key !== "models");

function parseKey(key: string, value: unknown): unknown {
  return configSchema.shape[key as keyof typeof configSchema.shape].parse(value);
}

describe("Pulumi.yaml", () => {
  it("has the schema's keys in the schema's order", () => {
    expect(Object.keys(project)).toEqual(schemaKeys);
  });

  it.each(schemaKeys)("describes %s in sentences", (key) => {
    expect(project[key]?.description).toMatch(/^\S.{15,}\.$/);
  });

  it.each(schemaKeys)("gives %s a default: a value for objects, a typed default for the rest", (key) => {
    const { type, default: fallback, value } = project[key] ?? {};
    const given = [value !== undefined, type !== undefined && fallback !== undefined];
    expect(given).toEqual(objectKeys.includes(key) ? [true, false] : [false, true]);
  });

  it("hands over as JSON what is an object or a list, and the key of earlier versions", () => {
    expect(objectKeys).toEqual(["models", ...objects, "model"]);
  });

  it.each(objects)("leaves what is in %s to the schema, which fills it into a stack's own as well", (key) => {
    expect(project[key]?.value).toEqual({});
    expect(parseKey(key, {})).toEqual(parseKey(key, undefined));
  });

  it("has the models that the schema fills in, the list as a whole", () => {
    expect(project["models"]?.value).toEqual(["gemma3n:e4b"]);
    expect(parseKey("models", ["gemma3n:e4b"])).toEqual(parseKey("models", undefined));
  });

  it.each(schemaKeys.filter((key) => !objectKeys.includes(key)))(
    "has the default of %s that the schema fills in",
    (key) => {
      expect(parseKey(key, project[key]?.default)).toEqual(parseKey(key, undefined));
    },
  );

  it.each(schemaKeys)("has a valid default for %s", (key) => {
    const { default: fallback, value } = project[key] ?? {};
    const { success } = configSchema.shape[key as keyof typeof configSchema.shape].safeParse(value ?? fallback);
    expect(success).toBe(true);
  });
});

describe.each(["Pulumi.dev.yaml", "Pulumi.prod.yaml"])("%s", (file) => {
  it("has its keys in the schema's order", () => {
    const keys = Object.keys(readYaml(file));
    const inOrder = schemaKeys.map((key) => `gemma:${key}`).filter((key) => keys.includes(key));
    expect(keys).toEqual(inOrder);
  });
});
