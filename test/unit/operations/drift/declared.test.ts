import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { containers } from "../../../../operations/drift/container.ts";
import { declaredIn, type Kind } from "../../../../operations/drift/declared.ts";
import { networks } from "../../../../operations/drift/network.ts";
import { volumes } from "../../../../operations/drift/volume.ts";
import { projectFolder } from "../../../../support/project-folder.ts";
import { runCommand } from "../../support/command.ts";
import { tempFolder } from "../../support/temp-folder.ts";

type Inputs = Readonly<Record<string, unknown>>;

const kinds = [containers, networks, volumes];
const [projectFile = "", devFile = "", prodFile = ""] = ["Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml"].map(
  (file) => readFileSync(join(projectFolder, file), "utf8"),
);

const everything = `config:
  gemma:delivery: embedded
  gemma:models:
    - gemma3n:e4b
  gemma:monitoring:
    enabled: true
    subnet: 10.9.1.0/24
    grafana:
      enabled: true
    alertmanager:
      webhook: http://10.0.0.1/alerts
  gemma:gateway:
    enabled: true
    subnet: 10.9.2.0/24
    clients:
      - name: backend
  gemma:watcher:
    enabled: true
  gemma:gpus: device=GPU-1
  gemma:network:
    internal: true
    subnet: 10.9.3.0/24
`;

/** A server that reads its models from a volume. */
const readOnly = `config:
  gemma:delivery: pull
  gemma:volume:
    name: models
    readOnly: true
`;

async function render(stackFile: string): Promise<Readonly<Record<string, Inputs>>> {
  const folder = tempFolder({ "Pulumi.yaml": projectFile, "Pulumi.x.yaml": stackFile });
  const { code, stdout, stderr } = await runCommand("render.ts", ["x"], folder);
  if (code !== 0) throw new Error(stderr);
  return (parse(stdout) as { resources: Record<string, Inputs> }).resources;
}

/** Every value in some inputs that is no list and no object, by its path. */
function leaves(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, key]));
}

/** A copy of some inputs in which one value is another. */
function changed(inputs: Inputs, path: readonly string[]): Inputs {
  const copy = structuredClone(inputs) as Record<string, unknown>;
  const last = path.at(-1) ?? "";
  let place = copy;
  for (const key of path.slice(0, -1)) place = place[key] as Record<string, unknown>;
  const before = place[last];
  place[last] = typeof before === "number" ? before + 1 : typeof before === "boolean" ? !before : `${String(before)}1`;
  return copy;
}

const traits = (kind: Kind, inputs: Inputs) => declaredIn(kind, inputs).traits;

describe("what a stack declares of containers, networks and volumes", { timeout: 60_000 }, () => {
  it.each([
    ["dev", devFile],
    ["prod", prodFile],
    ["one with all there is", everything],
    ["one with models that are only read", readOnly],
  ])("is compared in every value, or listed with the reason why not: %s", async (_, file) => {
    const rendered = Object.entries(await render(file)).filter(([key]) => key.startsWith("docker:"));
    const unseen = rendered.flatMap(([key, inputs]) => {
      const kind = kinds.find(({ type }) => key.startsWith(`${type} `));
      // Images are compared by their names.
      if (kind === undefined) return key.startsWith("docker:index/remoteImage:RemoteImage ") ? [] : [key];
      const before = JSON.stringify(traits(kind, inputs));
      return leaves(inputs)
        .filter(([input = ""]) => !Object.hasOwn(kind.notComparable, input))
        .filter((path) => JSON.stringify(traits(kind, changed(inputs, path))) === before)
        .map((path) => `${key} ${path.join(".")}`);
    });
    expect(unseen).toEqual([]);
    expect(rendered.length).toBeGreaterThan(2);
  });
});

describe("declaredIn", () => {
  it("names an input that it does not know, one that is encrypted, and not what the provider puts in", () => {
    const encrypted = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:x" };
    const inputs = { __defaults: ["start", "name"], start: true, name: "a-1", dnsSearches: ["x"], envs: encrypted };
    const { traits, unknown, encrypted: hidden } = declaredIn(containers, inputs);
    expect({ unknown, hidden }).toEqual({ unknown: ["dnsSearches"], hidden: ["envs"] });
    expect(traits).toEqual({ ...containers.undeclared, name: "a-1" });
  });

  it("takes the volumes and the mounts of a container for one list", () => {
    const inputs = {
      volumes: [{ volumeName: "v", containerPath: "/data" }],
      mounts: [{ type: "bind", source: "/", target: "/host", readOnly: true }],
    };
    expect(declaredIn(containers, inputs).traits["mounts"]).toEqual([
      "volume v at /data",
      "bind / at /host, read-only",
    ]);
  });
});
