import { stringify } from "yaml";
import { about, plainText } from "./about.ts";
import { plain } from "./keys.ts";
import { configSchema } from "./schema.ts";

const beginning = "# Written by `npm run docs` from the descriptions in config/.";

/** The `config:` section of Pulumi.yaml: each key with its description, and for those that are no objects type and default. */
function projectKeys(): object {
  const keys = Object.entries(configSchema.shape).map(([key, schema]) => {
    const described = about.get(schema);
    const description = described && plainText(described);
    // What stands in an object here is not filled into a stack's own; the program does that.
    if (plain(schema).shape !== undefined) return [key, { description, value: {} }] as const;
    const { defaultValue } = schema.def as { defaultValue?: unknown };
    if (plain(schema).element !== undefined) return [key, { description, value: defaultValue }] as const;
    const integer = key === "port";
    const fallback = integer ? defaultValue : String(defaultValue);
    return [key, { type: integer ? "integer" : "string", description, default: fallback }] as const;
  });
  return Object.fromEntries(keys) as object;
}

/** The text of Pulumi.yaml with its last section, `config:`, written anew. */
export function withProjectKeys(text: string): string {
  const [head = ""] = text.split(/^(?:# Written by .*\n)?config:$/m);
  return `${head}${beginning}\n${stringify({ config: projectKeys() }, { lineWidth: 0 })}`;
}
