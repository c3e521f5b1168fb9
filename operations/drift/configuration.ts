import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { StackRunArgs } from "../../runner/stack-run.ts";
import { MiB } from "../../support/units.ts";
import type { Difference } from "./compare.ts";

/** Values of a configuration as Pulumi tells them; secret ones without their value. */
export type Values = Readonly<Record<string, { readonly value?: string; readonly secret?: boolean }>>;

/** Keys that the configuration's file has otherwise than the last update had them; undefined where it cannot be told. */
export async function changedConfiguration(args: StackRunArgs): Promise<readonly Difference[] | undefined> {
  try {
    const history = (await pulumi(args, "stack", "history", "--json")) as readonly {
      readonly kind: string;
      readonly config?: Values;
    }[];
    const last = history.find(({ kind }) => kind === "update");
    return last?.config && changedKeys(last.config, (await pulumi(args, "config", "--json")) as Values);
  } catch {
    return undefined;
  }
}

/** The keys of which two configurations have other values. */
export function changedKeys(deployed: Values, file: Values): Difference[] {
  const keys = [...new Set([...Object.keys(deployed), ...Object.keys(file)])].sort();
  return keys
    .filter((key) => deployed[key]?.secret !== true && file[key]?.secret !== true)
    .filter((key) => deployed[key]?.value !== file[key]?.value)
    .map((key) => ({ of: "configuration", key }));
}

async function pulumi({ pulumi, folder, stack, environment }: StackRunArgs, ...words: string[]): Promise<unknown> {
  const options = { cwd: folder, env: { ...process.env, ...environment }, maxBuffer: 64 * MiB };
  const { stdout } = await promisify(execFile)(pulumi, [...words, "--stack", stack, "--non-interactive"], options);
  return JSON.parse(stdout);
}
