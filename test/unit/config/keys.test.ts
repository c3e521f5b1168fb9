import { describe, expect, it } from "vitest";
import { configKeys, keyOfVariable, keysBelow, nameOf } from "../../../config/keys.ts";
import { configurationReference, languages } from "../../../config/reference.ts";

const names = configKeys().map(nameOf);

describe("the keys of the configuration", () => {
  it("have those of objects and of lists' elements among them, each once", () => {
    expect(names).toEqual(
      expect.arrayContaining([
        ...["port", "ollama.keepAlive", "gateway.clients", "gateway.clients[].name"],
        ...["models", "models[].name", "models[].for", "models[].readiness.pattern"],
      ]),
    );
    expect(new Set(names).size).toBe(names.length);
  });

  it("have their defaults as they are written", () => {
    const defaults = Object.fromEntries(configKeys().map((key) => [nameOf(key), key.default]));
    expect(defaults).toMatchObject({ port: 11434, address: "127.0.0.1", "gateway.enabled": false });
    expect(defaults).toMatchObject({ models: ["gemma3n:e4b"], "models[].preload": false, "volume.prune": false });
  });

  it.each([
    [["volume"], ["name", "readOnly", "prune", "retainOnDelete"]],
    [
      ["models", "1"],
      ["name", "digest", "for", "preload", "contextLength", "keepAlive", "readiness"],
    ],
    [
      ["models", "0", "readiness"],
      ["prompt", "pattern", "minTokensPerSecond"],
    ],
    [["port"], []],
    [["nothing", "here"], []],
  ])("below %j are %j", (path, below) => {
    expect(keysBelow(path)).toEqual(below);
  });

  it.each([
    ["OLLAMA_KEEP_ALIVE", "ollama.keepAlive"],
    ["CUDA_VISIBLE_DEVICES", "gpus"],
    ["HOME", undefined],
  ])("that sets %s is %s", (variable, key) => {
    expect(keyOfVariable(variable)).toBe(key);
  });
});

describe.each(languages)("the reference in %s", (language) => {
  const rows = configurationReference(language)
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.split(" | ").map((cell) => cell.replaceAll(/^\| | \|$/g, "")));

  it("has a row for every key, with a meaning", () => {
    expect(rows.map(([name = ""]) => name.replaceAll("`", "")).sort()).toEqual(names.toSorted());
    expect(rows.filter((row) => !/\S{2}/.test(row.at(-1) ?? ""))).toEqual([]);
  });

  it("has the keys of a model, with what is taken in their place", () => {
    const cells = (name: string) => rows.find(([cell]) => cell === `\`${name}\``);
    expect(cells("models")?.[1]).toBe('`["gemma3n:e4b"]`');
    expect(cells("models[].preload")?.[1]).toBe("`false`");
    expect(cells("models[].keepAlive")?.[1]).toBe("`ollama.keepAlive`");
    expect(cells("models[].readiness.pattern")?.[1]).toBe("`readiness.pattern`");
    expect(cells("volume.prune")?.[1]).toBe("`false`");
  });

  it("names default and variable", () => {
    expect(rows.find(([name]) => name === "`ollama.keepAlive`")?.slice(1, 3)).toEqual(["`5m`", "`OLLAMA_KEEP_ALIVE`"]);
  });
});
