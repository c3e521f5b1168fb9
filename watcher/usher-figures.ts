import type { Observation } from "./observation.ts";

/** What the usher's figures tell of requests; undefined when it does not tell them. */
export async function usherRequests(usher: string, signal: AbortSignal): Promise<Observation["requests"]> {
  try {
    const answer = await fetch(`http://${usher}/metrics`, { signal });
    return answer.ok ? readRequests(await answer.text()) : undefined;
  } catch {
    return undefined;
  }
}

/** Figures whose rise says that something comes of requests. */
const signsOfLife = ["usher_answer_bytes_total", "usher_first_byte_seconds_count", "usher_answer_tokens_total"];

/** What the text of the usher's figures says of requests. */
export function readRequests(text: string): NonNullable<Observation["requests"]> {
  let running = 0;
  let progress = 0;
  const finished: Record<string, number> = {};
  const failed: Record<string, number> = {};
  for (const line of text.split("\n")) {
    const [, name, labels = "", number] = /^([a-z_]+)\{(.*)\} (\S+)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const value = Number(number);
    if (name === "usher_requests_running") running += value;
    else if (signsOfLife.includes(name)) progress += value;
    else if (name === "usher_requests_total") {
      const model = /\bmodel="([^"]*)"/.exec(labels)?.[1] ?? "";
      // 500 is what Ollama answers when it cannot load a model or its runner has ended.
      const counts = /\bstatus="2\d\d"/.test(labels) ? finished : /\bstatus="500"/.test(labels) ? failed : undefined;
      if (model !== "" && counts !== undefined) counts[model] = (counts[model] ?? 0) + value;
    }
  }
  return { running, progress, finished, failed };
}
