import { describe, expect, it } from "vitest";
import { parseSettings } from "../../../usher/settings.ts";
import { client, settings } from "./support/ruled.ts";

function messageOf(value: unknown): string {
  try {
    parseSettings(typeof value === "string" ? value : JSON.stringify(value));
  } catch (error) {
    return (error as Error).message;
  }
  return "they are taken";
}

const kept = { model: "gemma3n:e2b", keepAlive: "10m", preload: false, embeds: false };

describe("settings", () => {
  it("are taken as they are", () => {
    const clients = [client, { name: "app-2", models: ["all-minilm"], maxTokens: 100, allowReload: true }];
    const kept = [
      { model: "all-minilm", keepAlive: "-1s", preload: true, embeds: true },
      { model: "gemma3n:e2b", keepAlive: "1h30m", preload: false, embeds: false },
    ];
    const all = { ...settings, upstream: "[::1]:11434", reload: "refuse", kept, clients } as const;
    expect(parseSettings(JSON.stringify(all))).toEqual(all);
    for (const upstream of ["ollama-1:11434", "10.0.0.1:80", "a.b_c:1"])
      expect(messageOf({ ...settings, upstream })).toBe("they are taken");
  });

  it.each(["0", "0s", "90s", "1.5h", "500ms", "-1s", "-1h"])("keep a model for %s", (keepAlive) => {
    expect(messageOf({ ...settings, kept: [{ ...kept, keepAlive }] })).toBe("they are taken");
  });

  const of = "of the settings is";

  it.each<[unknown, string]>([
    ["{", "the settings are not JSON: Expected property name or '}' in JSON at position 1 (line 1 column 2)"],
    [
      [],
      "the settings are []; write an object with upstream, maxBody, readTimeout, requestTimeout, holdTimeout, drainTimeout, reload, models, kept, clients",
    ],
    [
      { ...settings, token: 1 },
      'the settings have the unknown key "token"; known are upstream, maxBody, readTimeout, requestTimeout, holdTimeout, drainTimeout, reload, models, kept, clients',
    ],
    [{ ...settings, upstream: "ollama" }, `upstream ${of} "ollama"; write HOST:PORT, for example ollama:11434`],
    [{ ...settings, maxBody: 1.5 }, `maxBody ${of} 1.5; write a whole number of bytes above 0`],
    [{ ...settings, readTimeout: 0 }, `readTimeout ${of} 0; write a number of seconds above 0, 604800 at most`],
    [
      { ...settings, requestTimeout: "5m" },
      `requestTimeout ${of} "5m"; write a number of seconds above 0, 604800 at most`,
    ],
    [
      { ...settings, drainTimeout: undefined },
      `drainTimeout ${of} not there; write a number of seconds above 0, 604800 at most`,
    ],
    [{ ...settings, reload: "allow" }, `reload ${of} "allow"; write "drop" or "refuse"`],
    [{ ...settings, models: "a" }, `models ${of} "a"; write a list of names`],
    [{ ...settings, models: [""] }, `models ${of} [""]; write a list of names`],
    [{ ...settings, kept: undefined }, `kept ${of} not there; write a list of models`],
    [{ ...settings, kept: [null] }, "kept[0] are null; write an object with model, keepAlive, preload, embeds"],
    [
      { ...settings, kept: [{ ...kept, model: "gemma3n" }] },
      'model of kept[0] is "gemma3n"; write one of models: gemma3n:e2b, all-minilm',
    ],
    [
      { ...settings, kept: [kept, { ...kept, model: "all-minilm", keepAlive: "10" }] },
      'keepAlive of kept[1] is "10"; write a duration with its unit, for example 10m, or -1s for ever',
    ],
    [
      { ...settings, kept: [{ ...kept, keepAlive: 0 }] },
      "keepAlive of kept[0] is 0; write a duration with its unit, for example 10m, or -1s for ever",
    ],
    [{ ...settings, kept: [{ ...kept, preload: 1 }] }, "preload of kept[0] is 1; write true or false"],
    [{ ...settings, kept: [{ ...kept, embeds: null }] }, "embeds of kept[0] is null; write true or false"],
    [
      { ...settings, kept: [{ ...kept, preload: true }] },
      'keepAlive of kept[0], which has preload, is "10m"; write -1s',
    ],
    [{ ...settings, kept: [kept, kept] }, "kept has gemma3n:e2b twice; name each model once"],
    [{ ...settings, clients: {} }, `clients ${of} {}; write a list of clients`],
    [{ ...settings, clients: [7] }, "clients[0] are 7; write an object with name, models, maxTokens, allowReload"],
    [
      { ...settings, clients: [client, { ...client, name: "a b" }] },
      `name of clients[1] is "a b"; write letters, digits, '.', '_' and '-', 64 at most`,
    ],
    [{ ...settings, clients: [{ ...client, models: 1 }] }, "models of clients[0] is 1; write a list of names, or null"],
    [
      { ...settings, clients: [{ ...client, maxTokens: 0 }] },
      "maxTokens of clients[0] is 0; write a whole number of tokens above 0, or null",
    ],
    [{ ...settings, clients: [{ ...client, allowReload: 1 }] }, "allowReload of clients[0] is 1; write true or false"],
    [{ ...settings, clients: [client, client] }, "clients has web twice; name each client once"],
  ])("of %j are refused in a sentence", (value, message) => {
    expect(messageOf(value)).toBe(message);
  });
});
