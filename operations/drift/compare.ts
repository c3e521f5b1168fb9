import type { Traits } from "./deployed.ts";

/** One thing that is not as it was deployed. */
export interface Difference {
  /** A container's name, `models`, `configuration` or `program`. */
  readonly of: string;
  /** For example `memory`, or `environment OLLAMA_HOST`. */
  readonly key: string;
  /** Undefined where it is not told, as it may be secret. */
  readonly deployed?: string;
  readonly now?: string;
}

/** Lists of which a running container may have more, from its image. */
const mayHaveMore = ["environment", "mounts"];

/** What of a container is other than it was deployed; of environment variables the names alone. */
export function compareTraits(of: string, deployed: Traits, now: Traits): Difference[] {
  return Object.entries(deployed).flatMap(([key, was]): Difference[] => {
    const is = now[key];
    if (was === undefined || is === undefined) return [];
    if (Array.isArray(was)) return compareLists(of, key, was as readonly string[], is as readonly string[]);
    return was === is ? [] : [{ of, key, deployed: textOf(was), now: textOf(is) }];
  });
}

function compareLists(of: string, key: string, was: readonly string[], is: readonly string[]): Difference[] {
  const gone = was.filter((item) => !is.includes(item));
  const added = mayHaveMore.includes(key) ? [] : is.filter((item) => !was.includes(item));
  if (key === "environment") return gone.map((item) => ({ of, key: `environment ${item.split("=")[0] ?? ""}` }));
  return gone.length + added.length === 0 ? [] : [{ of, key, deployed: textOf(was), now: textOf(is) }];
}

function textOf(value: NonNullable<Traits[string]>): string {
  return Array.isArray(value) ? value.toSorted().join(", ") || "none" : String(value);
}
