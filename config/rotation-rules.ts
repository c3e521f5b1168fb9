import type { Problem } from "./problems.ts";
import type { StackConfig } from "./schema.ts";

/**
 * What is wrong with the clients' rotations: a token that was there before would work again, or the one that the client
 * has would end at once.
 * @param known - numbers of the tokens that clients of the stack have; one that it does not have yet may begin with any
 */
export function rotationProblems(
  { gateway }: Pick<StackConfig, "gateway">,
  known: ReadonlyMap<string, number>,
): Problem[] {
  return gateway.clients.flatMap(({ name, rotation }, index) => {
    const wrong = wrongStep(name, { current: known.get(name) ?? rotation, rotation });
    return wrong === undefined ? [] : [{ path: ["gateway", "clients", String(index), "rotation"], message: wrong }];
  });
}

function wrongStep(client: string, { current, rotation }: { current: number; rotation: number }): string | undefined {
  const next = `write ${current} to keep that, or ${current + 1} for another token`;
  if (rotation < current) return `${client} has its token ${current}, and one before it must not work again: ${next}`;
  if (rotation > current + 1) return `${client} has its token ${current}, which would end at once: ${next}`;
  return undefined;
}
