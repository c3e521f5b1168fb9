import { projectFolder } from "../support/project-folder.ts";
import { passphraseEnvironment, refuseForeignPassphrase } from "./passphrase.ts";
import { pulumiCommand, pulumiEnvironment } from "./pulumi-cli.ts";
import type { StackRunArgs } from "./stack-run.ts";

/** A stack of this checkout, with its state and passphrase beside the program unless the environment says otherwise. */
export function checkoutStack(stack: string): StackRunArgs {
  refuseForeignPassphrase(stack);
  const environment = { ...pulumiEnvironment(), ...passphraseEnvironment() };
  return { pulumi: pulumiCommand(), folder: projectFolder, stack, environment };
}
