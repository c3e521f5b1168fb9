import { onTestFinished, vi } from "vitest";

/** Keeps from now on what is written to standard error, or to standard output, in place of showing it. */
export function writtenTo(stream: "stderr" | "stdout"): string[] {
  const texts: string[] = [];
  const spy = vi.spyOn(process[stream], "write").mockImplementation((text) => {
    texts.push(String(text));
    return true;
  });
  onTestFinished(() => {
    spy.mockRestore();
  });
  return texts;
}
