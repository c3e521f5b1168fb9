import * as z from "zod";

/** What people and programs have to know of a key besides its values. */
export interface About {
  /** What it means, in one sentence or two, in English. */
  readonly en: string;
  /** The same in Korean. */
  readonly ko: string;
  /** Variable of the server that the key sets. */
  readonly variable?: string;
  /** Further variables that are the key's business. */
  readonly reserves?: readonly string[];
  /**
   * Writes the key's value into its variable; undefined leaves the variable out.
   * @default - as text
   */
  readonly write?: (value: never) => string | undefined;
  /** What stands for the default where it is worked out from other keys, in both languages. */
  readonly fallback?: { readonly en: string; readonly ko: string };
}

/** A description where only text is shown. */
export function plainText({ en }: About): string {
  return en.replaceAll("`", "");
}

/** Descriptions of all keys, by their schemas; see {@link key}. */
export const about = z.registry<About>();

/** Describes a key: everything that is said of it anywhere, and everything that is done with it by name, comes from here. */
export function key<Schema extends z.ZodType>(schema: Schema, description: About): Schema {
  about.add(schema, description);
  return schema;
}
