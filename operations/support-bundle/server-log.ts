import { removed } from "./scrubber.ts";

/** Lines of Ollama's own: INFO and above, and requests by their paths. */
const ollama =
  /^(?:time=\S+ level=(?:INFO|WARN|ERROR) |\[GIN(?:-debug)?\] |Couldn't find |panic: |goroutine \d+ |fatal error: |SIG[A-Z]+: |CUDA error)/;

/** Lines of the runner's own, each with where it was written. */
const runner =
  /^(?:ggml|llama|llm|load|print_info|system_info|build_info|common|cmn|clip|mtmd|srv|slot|que|main|init|set_abort|resolve|sched|graph|alloc|Device|CUDA|NVML|version|register)\w*[ :(]/;

/** The runner's lines with anything in quotes or braces, which may be of a request or of an answer. */
const quoting = /['"`{<]|\bprompt\s*[:=]|\btoken\s*[:=]|\btext\s*[:=]/;

/** Ollama's lines that name what was asked, by the names of their fields. */
const asking = /\b(?:prompt|content|messages?|response|input|template|request|body|raw|text|tool\w*|images?)=/;

/**
 * A server's log without the lines that can hold prompts or answers: those of its debug log, and all that have no known beginning.
 *
 * Ollama 0.33.3 was seen to write no text of requests at its levels 1 and 2; 0.17.4 writes whole prompts at level 2, and others may at any.
 */
export function withoutTexts(log: string): string {
  const lines = log.split("\n");
  const kept = lines.filter((line) => isHarmless(withoutTime(line)));
  const dropped = lines.length - kept.length;
  if (dropped === 0) return log;
  return `${removed(`${dropped} lines of ${lines.length} that are no known message of the server, as they may hold prompts or answers`)}\n${kept.join("\n")}`;
}

function isHarmless(line: string): boolean {
  if (line.trim() === "") return true;
  if (ollama.test(line)) return !asking.test(line);
  return runner.test(line) && !quoting.test(line);
}

/** Without the time that Docker puts before each line. */
function withoutTime(line: string): string {
  return line.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z /, "");
}

/** A run's log without what the models answered in it. */
export function withoutAnswers(log: string): string {
  return log
    .replaceAll(/((?:generates|hears|sees|says|answers)\w*: \S+ )"(?:[^"\\]|\\.)*"/g, `$1${removed("answer")}`)
    .replaceAll(/(answered |got |said )"(?:[^"\\]|\\.)*"/g, `$1${removed("answer")}`);
}
