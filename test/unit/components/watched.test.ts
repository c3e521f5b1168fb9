import { expect, it } from "vitest";
import { watchedBy } from "../../../components/watched.ts";
import { resolveConfig } from "../../../config/resolve.ts";
import { configSchema } from "../../../config/schema.ts";

const asked = (keys: object) => watchedBy(resolveConfig(configSchema.parse(keys))).models;
const chat = { name: "smollm2:135m", for: ["chat"] };
const other = { name: "a/b:c", for: ["chat"] };
const embedding = { name: "minilm:22m", for: ["embedding"] };

it.each([
  ["the one", [chat], 1, ["smollm2:135m"]],
  ["those that chat", [embedding, chat], 2, ["smollm2:135m"]],
  ["all that fit together", [chat, other], 2, ["smollm2:135m", "a/b:c"]],
  ["none of those that take one another's place", [chat, other], 1, []],
  ["none where a vector's model would go", [chat, embedding], 1, []],
])("asks for a few tokens %s", (_, models, maxLoadedModels, names) => {
  expect(asked({ models, ollama: { maxLoadedModels } })).toEqual(names);
});

it("asks through the gateway as it is reached there", () => {
  const gateway = (tls: object) =>
    watchedBy(resolveConfig(configSchema.parse({ models: [chat], gateway: { enabled: true, clients: ["a"], tls } })))
      .gateway;
  expect(gateway({})).toBe("http://gateway:8080");
  expect(gateway({ mode: "internal" })).toBe("https://gateway:8080");
});
