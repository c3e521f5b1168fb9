import { requireStackFile } from "../config/stack-files.ts";
import { projectFolder } from "../support/project-folder.ts";
import { passphraseEnvironment, passphraseIfAny, refuseForeignPassphrase } from "./passphrase.ts";
import { pulumiCommand, pulumiEnvironment } from "./pulumi-cli.ts";
import type { StackRunArgs } from "./stack-run.ts";

/**
 * A stack of this checkout, with its state and passphrase beside the program unless the environment says otherwise.
 * @throws Failure when no file configures it: Pulumi would make one of its own, and a stack with nothing in it
 */
export function checkoutStack(stack: string): StackRunArgs {
  requireStackFile(stack, projectFolder);
  refuseForeignPassphrase(stack);
  return stackWith(stack, passphraseEnvironment(stack));
}

/** As {@link checkoutStack}, for a command that makes nothing: in a fresh checkout it writes no passphrase. */
export function existingStack(stack: string): StackRunArgs {
  requireStackFile(stack, projectFolder);
  refuseForeignPassphrase(stack);
  return stackWith(stack, passphraseIfAny());
}

/** As {@link existingStack}, for a command that needs no secrets either: a stack is taken down without its passphrase, too. */
export function anyStack(stack: string): StackRunArgs {
  return stackWith(stack, passphraseIfAny());
}

function stackWith(stack: string, passphrase: NodeJS.ProcessEnv): StackRunArgs {
  const environment = { ...pulumiEnvironment(), ...passphrase };
  return { pulumi: pulumiCommand(), folder: projectFolder, stack, environment };
}
