import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { checkConfig, problemsText } from "../../config/check.ts";
import { hostProblems, type Host } from "../../config/host-rules.ts";
import type { ResolvedConfig } from "../../config/resolve.ts";
import { readStackFiles } from "../../config/stack-files.ts";
import { renderStack, type Rendering } from "../../runner/rendering.ts";
import { projectFolder } from "../../support/project-folder.ts";
import type { Keys } from "./edges.ts";

/** What the program says of a configuration: why it refuses it, or what it would declare. */
export type Judged =
  | { readonly message: string; readonly rendering?: undefined }
  | { readonly message?: undefined; readonly rendering: Rendering };

const stack = "edge";

/** A folder that the process is in for as long as this lasts, with one stack whose configuration changes. */
export class EdgeStack implements Disposable {
  // The program is imported once under each name.
  static #runs = 0;
  readonly #folder = mkdtempSync(join(tmpdir(), "gemma-edges-"));
  readonly #before = process.cwd();

  constructor() {
    copyFileSync(join(projectFolder, "Pulumi.yaml"), join(this.#folder, "Pulumi.yaml"));
    process.chdir(this.#folder);
  }

  /**
   * Checks and renders a configuration.
   * @param look - looks at the host that it is for
   */
  async judge(keys: Keys, look?: (config: ResolvedConfig) => Promise<Host>): Promise<Judged> {
    const named = Object.entries(keys).filter(([, value]) => value !== undefined);
    const config = Object.fromEntries(named.map(([key, value]) => [`gemma:${key}`, value]));
    writeFileSync(`Pulumi.${stack}.yaml`, stringify({ config }));
    const values = readStackFiles(stack);
    const checked = await checkConfig(values, stack);
    if (checked.config === undefined) return { message: checked.message };
    const problems = look === undefined ? [] : hostProblems(checked.config, await look(checked.config));
    if (problems.length > 0) return { message: await problemsText(problems, values, stack) };
    EdgeStack.#runs += 1;
    const program = `../../index.ts?run=${EdgeStack.#runs}`;
    const rendering = await renderStack(
      stack,
      () => import(/* @vite-ignore */ program) as Promise<{ default: Record<string, unknown> }>,
    );
    return { rendering };
  }

  [Symbol.dispose](): void {
    process.chdir(this.#before);
    rmSync(this.#folder, { recursive: true });
  }
}

/** Lines of a refusal that lack the place, what was got, or what to do instead. */
export function unclearLines(message: string): string[] {
  const [first = "", ...lines] = message.split("\n");
  const told =
    /^ {2}Pulumi(\.edge)?\.yaml:\d+: gemma:\S+: got .*; .*\b(is refused|it reads|write|use|name|add|lower|raise|remove|give|list|stop|choose|needs|correct|did you mean)\b/;
  const start = /^The configuration has (a problem|\d+ problems); nothing was changed\.$/;
  return [...(start.test(first) ? [] : [first]), ...lines.filter((line) => !told.test(line))];
}
