import { Enums, Models } from "@cyclonedx/cyclonedx-library";

/** A property under the project's own prefix, for what CycloneDX has no field for. */
export function property(name: string, value: string): Models.Property {
  return new Models.Property(`chatgemma:${name}`, value);
}

/** A digest `sha256:…` as hash of a component. */
export function hashes(digest: string): Models.HashDictionary {
  return new Models.HashDictionary([[Enums.HashAlgorithm["SHA-256"], digest.replace(/^sha256:/, "")]]);
}

/**
 * Components in the order of their references, each reference once.
 *
 * The library itself sorts by the machine's language, and gives a second component of a reference a random one.
 */
export function inOrder(components: Iterable<Models.Component>): Models.ComponentRepository {
  const byRef = new Map(Array.from(components, (component) => [component.bomRef.toString(), component]));
  const sorted = [...byRef].sort(([one], [other]) => (one < other ? -1 : 1));
  return new Models.ComponentRepository(sorted.map(([, component]) => component));
}
