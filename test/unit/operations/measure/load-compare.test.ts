import { describe, expect, it } from "vitest";
import { changedBetween, compareRuns } from "../../../../operations/measure/load-compare.ts";
import { loadPage } from "../../../../operations/measure/load-page.ts";
import { loadPicture } from "../../../../operations/measure/load-plots.ts";
import { parseRun } from "../../../../operations/measure/load-run.ts";
import { comparisonText, runText } from "../../../../operations/measure/load-text.ts";
import { flat, measured, step } from "./measured-run.ts";

const run = (changes: Parameters<typeof measured>[0] = {}) => ({
  ...measured(changes),
  advice: [{ key: "ollama.numParallel", change: "Try <4>", because: "two wait" }],
});

describe("two runs", () => {
  it("are compared figure by figure where both have the step", () => {
    const faster = step(2, { firstToken: flat(0.25), tokensPerSecond: flat(10), whole: flat(4.1), queue: null });
    const [compared, ...more] = compareRuns({ steps: [step(1), step(2)] }, { steps: [faster, step(8)] });
    expect(more).toEqual([]);
    expect([compared?.prompt, compared?.clients]).toEqual(["short", 2]);
    const seen = compared?.figures.map(({ figure, ratio, verdict }) => [figure.name, ratio?.toFixed(2), verdict]);
    expect(seen).toEqual([
      ["first token, p50", "0.50", "better"],
      ["first token, p95", "0.50", "better"],
      ["between tokens, p50", "1.00", "same"],
      ["between tokens, p95", "1.00", "same"],
      // Within the spread of both.
      ["whole answer, p50", "1.02", "same"],
      ["whole answer, p95", "1.02", "same"],
      ["tokens/s of one, p50", "0.50", "worse"],
      ["tokens/s of all", "1.00", "same"],
      ["requests/s", "1.00", undefined],
      ["goodput", "1.00", undefined],
      ["failures", undefined, undefined],
    ]);
  });

  it("differ by less than a machine does from hour to hour, whatever the spread within them", () => {
    const exact = (value: number) => ({ allTokensPerSecond: { value, low: value, high: value } });
    const verdict = (value: number) =>
      compareRuns({ steps: [step(1, exact(100))] }, { steps: [step(1, exact(value))] })[0]?.figures.find(
        ({ figure }) => figure.name === "tokens/s of all",
      )?.verdict;
    expect([verdict(104), verdict(106), verdict(94)]).toEqual(["same", "better", "worse"]);
  });

  it("tell what else is not the same, and print all of it", () => {
    const now = run({ config: { numParallel: 4 }, steps: [step(2, { firstToken: flat(1) })] });
    expect(changedBetween(run(), now)).toEqual(["numParallel: 2, now 4"]);
    expect(comparisonText(run(), now).split("\n").slice(0, 8)).toEqual([
      "Compared with the run of 2026-11-28T00:00:00.000Z",
      "Not the same in both: numParallel: 2, now 4",
      "",
      "short prompts, 2 clients",
      "                      before     now   ratio",
      "first token, p50      500 ms  1.00 s  x 2.00  worse",
      "first token, p95      500 ms  1.00 s  x 2.00  worse",
      "queue, p95             10 ms   10 ms  x 1.00",
    ]);
    expect(comparisonText(run({ steps: [] }), now)).toContain("The two runs have no step in common");
  });
});

describe("a run", () => {
  it("is read as it was written, and nothing else is", () => {
    const written = run();
    expect(parseRun(JSON.stringify(written))).toEqual(written);
    expect(() => parseRun('{"format":"load/9"}')).toThrow('its format is "load/9", and this program reads load/1');
    expect(() => parseRun("null")).toThrow("its format is null, and this program reads load/1");
    expect(() => parseRun(JSON.stringify({ ...written, model: 1 }))).toThrow(/expected string.*\n.*at model/);
  });

  it("is a table for each kind of prompt on a terminal, narrow enough for one", () => {
    const steps = [1, 2, 4, 8, 16].map((clients) => step(clients, { answers: clients === 16 ? 20 : 100 }));
    const text = runText(run({ steps, cut: "others came to ask" }));
    const lines = text.split("\n");
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(lines.slice(0, 4)).toEqual([
      "Short prompts of about 50 tokens, answers of 64",
      "clients                        1       2       4       8      16",
      "answers                      100     100     100     100     20*",
      "failed                         0       0       0       0       0",
    ]);
    expect(lines.slice(-8)).toEqual([
      "",
      "* fewer than 30 answers",
      "",
      "Cut short: others came to ask",
      "",
      "ollama.numParallel: Try <4>",
      "  two wait",
      "",
    ]);
  });

  it("is a page and a picture that need nothing else", () => {
    const both = run({
      steps: [step(1), step(2), step(1, { prompt: "long" }), step(2, { prompt: "long", firstToken: null })],
    });
    const page = loadPage(both);
    expect(page).toContain("Try &#60;4&#62;");
    expect(page.match(/<svg /g)).toHaveLength(8);
    expect(page).not.toMatch(/<script|src=|href="http/);
    const picture = loadPicture(both);
    expect(picture.match(/<svg /g)).toHaveLength(9);
    expect(picture).toContain('width="1280" height="1200"');
    expect(loadPicture(run({ steps: [step(1)] }))).toContain('width="640" height="1200"');
  });
});
