/** Whether the runner of this Ollama takes its thread count from `LLAMA_ARG_THREADS`, as from 0.30 on. */
export function readsThreadsFromEnvironment(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  return major > 0 || minor >= 30;
}
