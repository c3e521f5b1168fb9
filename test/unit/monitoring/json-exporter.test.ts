import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { generateModule, jsonExporterText } from "../../../monitoring/json-exporter.ts";

interface Module {
  readonly http_client_config?: { readonly authorization?: unknown };
  readonly body?: { readonly content: string };
}

const modulesOf = (models: readonly string[], token: boolean) =>
  (parse(jsonExporterText({ models, token })) as { modules: Record<string, Module> }).modules;

describe("jsonExporterText", () => {
  it("has a module for each model that chats, beside that for the loaded ones", () => {
    const modules = modulesOf(["a:1b", "b:2b"], true);
    expect(Object.keys(modules)).toEqual(["ps", "generate_0", "generate_1"]);
    const asked = [0, 1].map((index) => modules[generateModule(index)]?.body?.content ?? "");
    expect(asked.map((body) => (JSON.parse(body) as { model: string }).model)).toEqual(["a:1b", "b:2b"]);
  });

  it("reads the token from a file, and sends none where nobody asks for one", () => {
    const file = { credentials_file: "/etc/monitoring/token" };
    expect(modulesOf(["a:1b"], true)["generate_0"]?.http_client_config?.authorization).toEqual(file);
    expect(modulesOf(["a:1b"], false)["generate_0"]?.http_client_config?.authorization).toBeUndefined();
    expect(modulesOf(["a:1b"], true)["ps"]?.http_client_config).toBeUndefined();
  });
});
