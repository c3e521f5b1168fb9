import { readFileSync } from "node:fs";
import { isMap, isScalar, LineCounter, parseDocument, type Node } from "yaml";
import { fullName, type Locate, type Place } from "./problems.ts";

/** Line of the deepest key of `path` that the document has; undefined when it lacks even the first `required` ones. */
function lineOf(text: string, path: readonly string[], required: number): number | undefined {
  const lines = new LineCounter();
  let node: unknown = parseDocument(text, { lineCounter: lines }).contents;
  let offset: number | undefined;
  for (const [depth, key] of path.entries()) {
    const pair = isMap(node) ? node.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined;
    if (pair === undefined) return depth < required || offset === undefined ? undefined : lines.linePos(offset).line;
    offset = (pair.key as Node).range?.[0];
    node = pair.value;
  }
  return offset === undefined ? undefined : lines.linePos(offset).line;
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/**
 * Finds keys in the stack's file, and those it leaves to the defaults in Pulumi.yaml.
 * @param stackFile - for example `Pulumi.dev.yaml`, relative to the working directory like Pulumi.yaml
 */
export function locateIn(stackFile: string): Locate {
  const own = read(stackFile);
  const project = read("Pulumi.yaml");
  return ([key = "", ...rest]): Place | undefined => {
    const line = lineOf(own, ["config", fullName([key]), ...rest], 2);
    if (line !== undefined) return { file: stackFile, line, rank: 0 };
    const defaultLine = lineOf(project, ["config", key], 2);
    return defaultLine === undefined ? undefined : { file: "Pulumi.yaml", line: defaultLine, rank: 1 };
  };
}
