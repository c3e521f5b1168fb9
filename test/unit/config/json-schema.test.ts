import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { stackFileSchema } from "../../../config/json-schema.ts";

const validate = new Ajv2020({ strict: false }).compile(stackFileSchema());

/** Where an editor would underline a stack's file; nothing where all is well. */
function underlined(text: string): string[] {
  validate(parse(text));
  return (validate.errors ?? []).map(({ instancePath, keyword }) => `${instancePath} ${keyword}`);
}

describe("what an editor says of a stack's file", () => {
  it.each(["dev", "prod"])("is nothing for Pulumi.%s.yaml", (stack) => {
    expect(underlined(readFileSync(`Pulumi.${stack}.yaml`, "utf8"))).toEqual([]);
  });

  it.each([
    "gemma:port: 11434",
    "gemma:memory: 16GiB",
    "gemma:models: [gemma3n:e4b]",
    "gemma:models: [{ name: gemma3n:e4b }, bge-m3:567m]",
    "gemma:models: [{ name: a:b, for: [chat, vision], preload: true, contextLength: 256, readiness: { pattern: x } }]",
    "gemma:volume: { prune: true }",
    "gemma:gateway: { enabled: true, clients: [backend, { name: web, rotation: 2 }] }",
    "gemma:ollama: { keepAlive: 5m, numParallel: 2 }",
    "pulumi:disable-default-providers: ['*']",
  ])("is nothing for %s", (line) => {
    expect(underlined(`config:\n  ${line}\n`)).toEqual([]);
  });

  it.each([
    ["gemma:prot: 1", "/config additionalProperties"],
    ["ollama:memory: 1GiB", "/config additionalProperties"],
    ["gemma:gateway: { drainTimout: 1m }", "/config/gemma:gateway additionalProperties"],
    ["gemma:model: { name: gemma3n:e4b }", "/config additionalProperties"],
    ["gemma:models: gemma3n:e4b", "/config/gemma:models type"],
    ["gemma:models: []", "/config/gemma:models minItems"],
    ["gemma:models: [7]", "/config/gemma:models/0 type"],
    ["gemma:models: [{ for: [chat] }]", "/config/gemma:models/0 required"],
    ["gemma:models: [{ name: a:b, preloaded: true }]", "/config/gemma:models/0 additionalProperties"],
    ["gemma:models: [{ name: a:b, for: [search] }]", "/config/gemma:models/0/for/0 enum"],
    [
      "gemma:models: [{ name: a:b, readiness: { timeout: 1m } }]",
      "/config/gemma:models/0/readiness additionalProperties",
    ],
    ["gemma:delivery: push", "/config/gemma:delivery enum"],
    ["gemma:ollama: 5m", "/config/gemma:ollama type"],
  ])("is where %s is wrong", (line, place) => {
    expect(underlined(`config:\n  ${line}\n`)).toContain(place);
  });

  it("is that keys stand below config", () => {
    expect(underlined("gemma:port: 1\n")).toEqual([" required"]);
  });
});
