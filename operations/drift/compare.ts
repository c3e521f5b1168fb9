/** What of a thing is compared, by names of docker's own; a list is compared as a set. */
export type Traits = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** One thing that is not as it was deployed. */
export interface Difference {
  /** Name of a container, a network, a volume or an image, or `models`, `configuration`, `program` or `signature`. */
  readonly of: string;
  /** For example `memory`, or `environment OLLAMA_HOST`. */
  readonly key: string;
  /** Undefined where it is not told, as it may be secret. */
  readonly deployed?: string;
  readonly now?: string;
}

/** Lists of which what runs may have more: from the image, or from the engine's own settings. */
const mayHaveMore = ["environment", "labels", "options", "ulimits"];

/** What of a thing is other than it was deployed; of environment variables the names alone. */
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
  if (key === "environment") return gone.map((item) => ({ of, key: `environment ${nameIn(item)}` }));
  if (!mayHaveMore.includes(key))
    return gone.length === 0 && is.length === was.length ? [] : [{ of, key, deployed: textOf(was), now: textOf(is) }];
  const names = gone.map(nameIn);
  const instead = is.filter((item) => names.includes(nameIn(item)));
  return gone.length === 0 ? [] : [{ of, key, deployed: textOf(gone), now: textOf(instead) }];
}

/** What stands before the value in `NAME=VALUE`. */
function nameIn(item: string): string {
  return item.split("=")[0] ?? "";
}

function textOf(value: NonNullable<Traits[string]>): string {
  return Array.isArray(value) ? value.toSorted().join(", ") || "none" : String(value);
}
