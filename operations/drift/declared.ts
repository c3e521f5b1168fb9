import type { Traits } from "./compare.ts";

/** How the inputs of a kind of resource are compared with what the engine tells. */
export interface Kind {
  /** What docker calls it. */
  readonly noun: "container" | "network" | "volume";
  /** Its type in the state. */
  readonly type: string;
  /** Traits by the input that declares them. */
  readonly compared: Readonly<Record<string, (declared: never) => Traits>>;
  /** Inputs of which the engine tells nothing that could be compared, each with the reason. */
  readonly notComparable: Readonly<Record<string, string>>;
  /** Traits of what declares none of them. */
  readonly undeclared: Traits;
}

/** What inputs come to. */
export interface Declared {
  readonly traits: Traits;
  /** Inputs that are encrypted in the state. */
  readonly encrypted: readonly string[];
  /** Inputs that nobody has said how to compare. */
  readonly unknown: readonly string[];
}

/** With which Pulumi marks what is secret in a state. */
const secretMark = "4dabf18193072939515e22adb298388d";

/** Traits of a resource as it was declared. */
export function declaredIn(kind: Kind, inputs: Readonly<Record<string, unknown>>): Declared {
  const { __defaults: defaults = [], ...declared } = inputs;
  // Nobody has declared what the provider puts in, but for the name, which it makes once.
  const isGiven = (input: string) => input === "name" || !(defaults as readonly string[]).includes(input);
  const given = Object.entries(declared).filter(([input]) => isGiven(input));
  const isEncrypted = (value: unknown) => JSON.stringify(value).includes(secretMark);
  const readable = given.filter(([, value]) => !isEncrypted(value));
  const traits = readable.map(([input, value]) => kind.compared[input]?.(value as never) ?? {});
  const known = (input: string) => Object.hasOwn(kind.compared, input) || Object.hasOwn(kind.notComparable, input);
  return {
    traits: traits.reduce(together, kind.undeclared),
    encrypted: given.filter(([, value]) => isEncrypted(value)).map(([input]) => input),
    unknown: given.map(([input]) => input).filter((input) => !known(input)),
  };
}

/** Two inputs may add to one list. */
function together(traits: Traits, more: Traits): Traits {
  const added = Object.entries(more).map(([key, value]) => {
    const before = traits[key];
    return [key, isList(before) && isList(value) ? [...before, ...value] : value] as const;
  });
  return { ...traits, ...(Object.fromEntries(added) as Traits) };
}

function isList(value: Traits[string]): value is readonly string[] {
  return Array.isArray(value);
}

/** Inputs of the form `name: value` as a list. */
export function pairs(values: Readonly<Record<string, string>> | null | undefined): readonly string[] {
  return Object.entries(values ?? {}).map(([name, value]) => `${name}=${value}`);
}

/** Labels as the provider takes them. */
export function labels(declared: readonly { readonly label: string; readonly value: string }[]): Traits {
  return { labels: declared.map(({ label, value }) => `${label}=${value}`) };
}
