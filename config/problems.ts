/** One thing wrong with a configuration: where, and what to write instead. */
export interface Problem {
  /** Keys from the top, for example `["ollama", "numParallel"]`. */
  readonly path: readonly string[];
  /** What is allowed and what to change. */
  readonly message: string;
}

/** A configuration as read, before any check: values by key. */
export type RawConfig = Readonly<Record<string, unknown>>;

/** Stands for a value that is encrypted in the stack's file. */
export const secretMark = "[secret]";

/** Where a key is written; files are told in the order of their rank. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly rank: number;
}

/** Finds the place of a key, or of the nearest key above it; undefined for a key that stands nowhere. */
export type Locate = (path: readonly string[]) => Place | undefined;

function valueAt(raw: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? (value as RawConfig)[key] : undefined),
    raw,
  );
}

function got(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

const order = (place: Place | undefined) => (place === undefined ? Infinity : place.rank * 1e6 + place.line);

/** A key as it stands in a stack's file; those of other namespaces are named with them. */
export function fullName(path: readonly string[]): string {
  const name = path.join(".");
  return path[0]?.includes(":") ? name : `gemma:${name}`;
}

/** Writes all problems as one message, a line each, in the order of the file. */
export function describeProblems(problems: readonly Problem[], raw: RawConfig, locate: Locate): string {
  const lines = problems
    .map((problem) => ({ ...problem, place: locate(problem.path) }))
    .sort((a, b) => (order(a.place) === order(b.place) ? 0 : order(a.place) - order(b.place)))
    .map(({ path, message, place }) => {
      const where = place ? `${place.file}:${place.line}: ` : "";
      return `  ${where}${fullName(path)}: got ${got(valueAt(raw, path))}; ${message}`;
    });
  const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
  return `The configuration has ${count}; nothing was changed.\n${lines.join("\n")}`;
}
