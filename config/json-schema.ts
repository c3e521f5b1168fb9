import * as z from "zod";
import { about, plainText } from "./about.ts";
import { plain } from "./keys.ts";
import { configSchema } from "./schema.ts";

/** A JSON schema for editors: what may stand in a `Pulumi.<stack>.yaml`; the rules between keys are not in it. */
export function stackFileSchema(): object {
  const { properties, $defs } = z.toJSONSchema(configSchema, {
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      const described = about.get(zodSchema as unknown as z.ZodType);
      if (described !== undefined) jsonSchema.description = plainText(described);
      // A client may be its name alone, which the schema of what it becomes does not tell.
      const { out } = zodSchema as unknown as { out?: unknown };
      if (plain(out).shape !== undefined) {
        const whole = z.toJSONSchema(out as z.ZodType, { io: "input" });
        Reflect.deleteProperty(whole, "$schema");
        jsonSchema.anyOf = [{ type: "string" }, whole];
      }
    },
  });
  const keys = Object.entries(properties ?? {}).map(([key, schema]) => [`gemma:${key}`, schema] as const);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Stack of Gemma 3n on Ollama",
    type: "object",
    required: ["config"],
    properties: {
      config: {
        type: "object",
        properties: Object.fromEntries(keys),
        patternProperties: { "^pulumi:": {} },
        additionalProperties: false,
      },
    },
    ...($defs === undefined ? {} : { $defs }),
  };
}
