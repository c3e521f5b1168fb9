import type * as z from "zod";

/** How an answer has to look. */
export type Shape =
  | { readonly kind: "json"; readonly body: z.ZodType }
  /** A JSON object a line, the last of another shape. */
  | { readonly kind: "lines"; readonly piece: z.ZodType; readonly end: z.ZodType }
  /** Server-sent events; `end` is the data of the last one, or the type of that. */
  | { readonly kind: "events"; readonly piece: z.ZodType; readonly end: string };

/** An answer as it came. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** What an answer has to be. */
export interface Expected {
  readonly status: number;
  readonly shape: Shape;
}

const contentTypes: Readonly<Record<Shape["kind"], string>> = {
  json: "application/json",
  lines: "application/x-ndjson",
  events: "text/event-stream",
};

/** What is wrong with an answer, field by field, and never with its text; nothing where it is right. */
export function problemsOf(answer: Answer, { status, shape }: Expected): readonly string[] {
  if (answer.status !== status) return [`status: expected ${status}, got ${answer.status}${errorFields(answer)}`];
  const wanted = contentTypes[shape.kind];
  const type = answer.type.split(";")[0]?.trim() ?? "";
  return [
    ...(type === wanted ? [] : [`content-type: expected ${wanted}, got ${type === "" ? "none" : type}`]),
    ...bodyProblems(answer.body, shape),
  ];
}

/** What an error is about is of the server's own words, and those may quote the request: its type alone is told. */
function errorFields({ body }: Answer): string {
  const error = (parsed(body) as { error?: unknown } | undefined)?.error;
  const type = (error as { type?: unknown } | null | undefined)?.type;
  if (typeof type === "string") return ` (error.type ${JSON.stringify(type.slice(0, 60))})`;
  return error === undefined ? " (a body without error)" : "";
}

function bodyProblems(body: string, shape: Shape): readonly string[] {
  switch (shape.kind) {
    case "json":
      return fieldProblems(parsed(body), shape.body, "");
    case "lines": {
      const lines = body.split("\n").filter((line) => line.trim() !== "");
      const last = lines.pop();
      if (last === undefined) return ["the stream: expected lines, got none"];
      return [
        ...(lines.length === 0 ? ["the stream: expected more than one line, got 1"] : []),
        ...firstProblems(lines.map(parsed), shape.piece, "line"),
        ...fieldProblems(parsed(last), shape.end, "the last line: "),
        ...silence([...lines, last].map(parsed)),
      ];
    }
    case "events":
      return eventProblems(body, shape);
  }
}

function eventProblems(body: string, { piece, end }: Extract<Shape, { kind: "events" }>): readonly string[] {
  const data = body
    .split("\n")
    .flatMap((line) => (line.startsWith("data:") ? [line.slice("data:".length).trim()] : []));
  const last = data.at(-1);
  if (last === undefined) return ["the stream: expected events, got none"];
  const marked = last === end;
  const events = (marked ? data.slice(0, -1) : data).map(parsed);
  const ended = marked || (events.at(-1) as { type?: unknown } | undefined)?.type === end;
  return [
    ...(events.length < 2 ? [`the stream: expected more than one event, got ${events.length}`] : []),
    ...firstProblems(events, piece, "event"),
    ...(ended ? [] : [`the stream: expected ${end} at its end, got another event`]),
    ...silence(events),
  ];
}

/** Whether a stream ended without a word. */
function silence(pieces: readonly unknown[]): readonly string[] {
  return pieces.some(says) ? [] : ["the stream: expected a text in one of its parts, got none"];
}

function says(piece: unknown): boolean {
  if (typeof piece !== "object" || piece === null) return false;
  return Object.entries(piece).some(
    ([field, value]) => (said.includes(field) && typeof value === "string" && value !== "") || says(value),
  );
}

/** Problems of the first piece that has any: those after it most often have the same. */
function firstProblems(pieces: readonly unknown[], shape: z.ZodType, what: string): readonly string[] {
  for (const [index, piece] of pieces.entries()) {
    const problems = fieldProblems(piece, shape, `${what} ${index + 1}: `);
    if (problems.length > 0) return problems;
  }
  return [];
}

function fieldProblems(value: unknown, shape: z.ZodType, place: string): readonly string[] {
  if (value === undefined) return [`${place}expected JSON, got none`];
  const { error } = shape.safeParse(value);
  return (error?.issues ?? []).map((issue) => {
    const expected = issue.message.replace(/^Invalid input: /, "").replace(/, received .*$/, "");
    const field = issue.path.length === 0 ? "the body" : issue.path.map(String).join(".");
    return `${place}${field}: ${expected}, got ${seen(value, issue.path)}`;
  });
}

/** Fields in which a model speaks. */
const said = ["response", "content", "text", "thinking", "reasoning"];

/** Fields that are never shown: what a model said, and what may quote a request. */
const unshown = [...said, "embedding", "message", "error", "template"];

/** What stands at a field, without anything that a model said or that quotes a request. */
function seen(body: unknown, path: readonly PropertyKey[]): string {
  const value = path.reduce<unknown>((part, key) => (part as Record<PropertyKey, unknown> | null)?.[key], body);
  if (value === undefined) return "nothing";
  if (value === null || typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object") return "an object";
  const length = (value as string).length;
  if (length === 0) return "an empty text";
  return path.some((key) => unshown.includes(String(key))) || length > 60
    ? `a text of ${length} letters`
    : JSON.stringify(value);
}

/** undefined for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
