import { ask } from "../../offline/preflight/ask.ts";
import { Failure } from "../../support/failure.ts";

/**
 * What the engine tells of a container, a network, a volume or an image; undefined when it has none of that name.
 * @throws Failure when it does not tell
 */
export async function inspected<Inspected>(
  noun: "container" | "network" | "volume" | "image",
  name: string,
): Promise<Inspected | undefined> {
  const { text, failure } = await ask("docker", noun, "inspect", name);
  if (failure === null) return (JSON.parse(text) as readonly Inspected[])[0];
  if (/no such|not found/i.test(failure)) return undefined;
  throw new Failure(`Docker does not tell of the ${noun} ${name}: ${failure}`);
}
