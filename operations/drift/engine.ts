import type { Deployment } from "../../runner/local-state.ts";
import { counted } from "../../support/counted.ts";
import { compareTraits, type Difference, type Traits } from "./compare.ts";
import { declaredIn, type Declared, type Kind } from "./declared.ts";
import { inspected } from "./inspect.ts";
import type { Look } from "./look.ts";

/** A container, a network or a volume as it was deployed. */
export interface Deployed extends Declared {
  readonly id: string;
  readonly name: string;
  /** Name of its resource. */
  readonly resource: string;
}

/** What of a kind Pulumi has written down. */
export function deployedOf(kind: Kind, { resources = [] }: Deployment): Deployed[] {
  return resources.flatMap(({ type, urn = "", id, delete: goes, inputs = {} }) => {
    if (type !== kind.type || id === undefined || goes === true) return [];
    const { name } = inputs;
    const resource = urn.split("::").at(-1) ?? "";
    return [{ id, name: typeof name === "string" ? name : id, resource, ...declaredIn(kind, inputs) }];
  });
}

/** Compares all of a kind with what the engine has. */
export async function compareWithEngine(
  kind: Kind,
  deployed: readonly Deployed[],
  traitsOf: (found: never) => Traits,
): Promise<Look> {
  const differences: Difference[] = [];
  for (const thing of deployed) {
    const { id, name } = thing;
    // One that somebody has made again goes by the same name.
    const found = (await inspected<object>(kind.noun, id)) ?? (await inspected<object>(kind.noun, name));
    differences.push(
      ...differencesOf(kind, thing, found && { id: idOf(found) ?? id, traits: traitsOf(found as never) }),
    );
  }
  return {
    differences,
    compared: deployed.length === 0 ? [] : [counted(deployed.length, kind.noun)],
    untold: deployed.flatMap(({ name, unknown }) => unknown.map((input) => `${input} of ${name}`)),
    leftOut: deployed.flatMap(({ name, encrypted }) =>
      encrypted.map((input) => `${input} of ${name}, which the state has encrypted`),
    ),
  };
}

/** What of one is other than it was deployed; undefined is one that is gone. */
export function differencesOf(
  { noun }: Pick<Kind, "noun">,
  { id, name, traits }: Deployed,
  now: { readonly id: string; readonly traits: Traits } | undefined,
): Difference[] {
  const other = now?.id !== id;
  return [
    ...(other
      ? [{ of: name, key: noun, deployed: short(id), now: now === undefined ? "gone" : `another, ${short(now.id)}` }]
      : []),
    ...(now === undefined ? [] : compareTraits(name, traits, now.traits)),
  ];
}

/** Volumes have none. */
function idOf(found: object): string | undefined {
  return "Id" in found && typeof found.Id === "string" ? found.Id : undefined;
}

const short = (id: string) => id.slice(0, 12);
