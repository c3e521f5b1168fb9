import { canonicalModel } from "./model-name.ts";
import type { OwnQuestion } from "./own-question.ts";
import type { KeptModel } from "./settings.ts";

/** How a model stands: not in memory, there for some time, or there for good. */
export type Standing = "absent" | "leaving" | "staying";

/** What shows how models stand. */
export const standingQuestion: OwnQuestion = { method: "GET", path: "/api/ps", body: "" };

/** A model with more time than this stays, milliseconds: for ever is some centuries to Ollama. */
const year = 365 * 24 * 3_600_000;

/** What loads a model for good; for one that is there it does no more than that. */
export function loadQuestion({ model, keepAlive, embeds }: KeptModel): OwnQuestion {
  const [path, how] = embeds ? ["/api/embed", { input: "" }] : ["/api/generate", { stream: false }];
  return { method: "POST", path, body: JSON.stringify({ model, ...how, keep_alive: keepAlive }) };
}

/** How a model stands by the answer to {@link standingQuestion}. */
export function standingOf(answer: string, { model }: KeptModel, now: number): Standing {
  const { models } = JSON.parse(answer) as { models: readonly { name: string; expires_at?: string }[] | null };
  const found = models?.find(({ name }) => canonicalModel(name) === canonicalModel(model));
  if (found === undefined) return "absent";
  // A request without a word of it has loaded it, or one of a client that may say how long it stays.
  return Date.parse(found.expires_at ?? "") < now + year ? "leaving" : "staying";
}
