import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DataFolder } from "../../../offline/host/data-folder.ts";
import { unpackVersion } from "../../../offline/host/unpack.ts";
import type { ReadManifest } from "../../../offline/package/manifest.ts";
import { clearCutFiles, selectionFile } from "../../../runner/cut-files.ts";
import { deploymentOf, localState } from "../../../runner/local-state.ts";
import { projectFolder } from "../../../support/project-folder.ts";
import { cutStates } from "../../support/power-cut.ts";
import { must, run } from "../../support/shell.ts";
import { fakeEngine } from "../support/fake-engine.ts";
import { writeProgram } from "../support/fake-program.ts";
import { fakePulumi } from "../support/fake-pulumi.ts";
import { tinyPackage } from "../support/package.ts";
import { writtenTo } from "../support/said.ts";
import { failureOf, tempFolder } from "../support/temp-folder.ts";

type State = keyof typeof cutStates;
const everyState = Object.keys(cutStates) as State[];

/** A host on which a package's version serves, as far as files go. */
interface Host {
  readonly folder: string;
  readonly manifest: ReadManifest;
  readonly data: DataFolder;
  readonly version: string;
}

const salt = "v1:rlntdkBl63I=:v1:rvjkvzNoxL6m3pJV:9P2v43P6sVEe3SfFAw9fQoJntsUuWA==";
const secrets = { secrets_providers: { type: "passphrase", state: { salt } } };
const stateWith = (latest: object) => JSON.stringify({ version: 3, checkpoint: { latest } });
const state = stateWith({ resources: [] });

/** The program of the package is this one, and its CLI one that a test names. */
const contents = {
  pulumi: [{ name: "pulumi", mode: 0o755, content: '#!/bin/sh\nexec "$FAKE_PULUMI" "$@"\n' }],
};
const files = {
  "Pulumi.yaml": "name: gemma\nruntime: nodejs\n",
  "Pulumi.prod.yaml": "config:\n  gemma:port: 18000\n",
  "commands/uninstall.ts": `import "${projectFolder}commands/uninstall.ts";\n`,
};

let there: Host;
let root: string;

beforeAll(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "gemma-power-")));
  const folder = join(root, "package");
  mkdirSync(folder);
  const manifest = await tinyPackage(folder, { contents, files });
  const data = new DataFolder(join(root, "data"));
  const version = await unpackVersion(folder, manifest, data);
  await data.select(version);
  const inData: Readonly<Record<string, string>> = {
    passphrase: "abc\n",
    "state/.pulumi/meta.yaml": "version: 1\n",
    "state/.pulumi/meta.yaml.attrs": "{}",
    "state/.pulumi/stacks/gemma/prod.json": state,
    "state/.pulumi/stacks/gemma/prod.json.bak": state,
    "state/.pulumi/stacks/gemma/prod.json.attrs": '{"user.cache_control":""}',
    "state/.pulumi/history/gemma/prod/prod-1.history.json": '{"kind":"update"}',
  };
  const selected = selectionFile("gemma", join(version.folder, "program"), data.environment(version.folder));
  const texts = Object.entries(inData).map(([path, text]) => [join(data.path, path), text] as const);
  for (const [path, text] of [...texts, [selected, '{"stack":"prod"}'] as const]) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  await must("cp", ["-a", data.path, join(root, "whole")]);
  there = { folder, manifest, data, version: version.folder };
});

async function restore(): Promise<void> {
  await must("rm", ["-rf", there.data.path]);
  await must("cp", ["-a", join(root, "whole"), there.data.path]);
}

afterAll(() => {
  rmSync(root, { recursive: true });
});

const tool = ({ data, manifest }: Host, name: keyof ReadManifest["tools"], path: string) =>
  join(data.tool(manifest.tools[name].digest), path);
const inState = ({ data }: Host, path: string) => join(data.path, "state/.pulumi", path);

/** Files and links in a folder with what is in them. */
function contentsOf(folder: string): ReadonlyMap<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    paths.map((path) => [path, lstatSync(path).isSymbolicLink() ? readlinkSync(path) : readFileSync(path, "hex")]),
  );
}

/** Of the data folder: what the next run does about it. */
type Cure = "mended" | "named" | "done without";
const trusted: readonly (readonly [string, Cure, (host: Host) => string, (readonly State[])?])[] = [
  ["Node", "mended", (h) => tool(h, "node", "node")],
  ["a file of an npm package", "mended", (h) => tool(h, "modules", "node_modules/left/index.js")],
  ["a link of an npm package", "mended", (h) => tool(h, "modules", "node_modules/.bin/left"), ["missing"]],
  ["the Pulumi CLI", "mended", (h) => tool(h, "pulumi", "pulumi")],
  ["a plugin", "mended", (h) => tool(h, "plugins", "resource-docker-v5.2.0/pulumi-resource-docker")],
  ["the program as it was packed", "mended", (h) => tool(h, "program", "Pulumi.yaml")],
  ["the list of a tool", "mended", (h) => tool(h, "modules", ".sha256")],
  ["the list of a version", "mended", (h) => join(h.version, ".sha256")],
  ["a tool, but for its folder", "mended", (h) => tool(h, "modules", "node_modules"), ["missing"]],
  ["a version's manifest", "mended", (h) => join(h.version, "manifest.json")],
  ["a version's program", "mended", (h) => join(h.version, "program/Pulumi.yaml")],
  ["a version's stack file", "mended", (h) => join(h.version, "program/Pulumi.prod.yaml")],
  ["a version's settings", "mended", (h) => join(h.version, "env.sh")],
  ["a version's script", "mended", (h) => join(h.version, "deploy.sh")],
  ["a version's bootstrap", "mended", (h) => join(h.version, "bootstrap.sh")],
  ["a version's health check", "mended", (h) => join(h.version, "health-check.sh")],
  ["a version's pulumi", "mended", (h) => join(h.version, "bin/pulumi")],
  ["a version's link to Node", "mended", (h) => join(h.version, "bin/node"), ["missing"]],
  ["a version's link to the CLI", "mended", (h) => join(h.version, "cli"), ["missing"]],
  ["a version's link to npm packages", "mended", (h) => join(h.version, "program/node_modules"), ["missing"]],
  ["a version, but for its folder", "mended", (h) => join(h.version, "program"), ["missing"]],
  ["the link to the version that serves", "mended", (h) => join(h.data.path, "current"), ["0 bytes", "missing"]],
  ["the version of the state's layout", "mended", (h) => inState(h, "meta.yaml"), ["0 bytes", "half", "zeros"]],
  ["attributes of the layout", "done without", (h) => inState(h, "meta.yaml.attrs")],
  ["attributes of the state", "done without", (h) => inState(h, "stacks/gemma/prod.json.attrs")],
  ["an update's history", "done without", (h) => inState(h, "history/gemma/prod/prod-1.history.json")],
  [
    "the stack that is selected",
    "done without",
    (h) => selectionFile("gemma", join(h.version, "program"), h.data.environment(h.version)),
  ],
  ["the copy of the state", "done without", (h) => inState(h, "stacks/gemma/prod.json.bak")],
  ["the state", "named", (h) => inState(h, "stacks/gemma/prod.json"), ["0 bytes", "half", "zeros"]],
  ["the passphrase", "named", (h) => join(h.data.path, "passphrase")],
];

const count = { files: new Set<string>(), tried: 0, mended: 0, named: 0, uninstalled: 0 };
afterAll(() => {
  const { files, tried, mended, named, uninstalled } = count;
  const lost = tried - mended - named;
  process.stdout.write(
    `power: ${files.size} files, ${tried} tried in their states: ${mended} mended, ${named} named, ${lost} lost; ` +
      `${uninstalled} of them uninstalled\n`,
  );
});

function tally(file: string, cure: Cure): void {
  count.files.add(file);
  count.tried += 1;
  count[cure === "named" ? "named" : "mended"] += 1;
}

/** What a deployment does before it starts Pulumi, in its order. */
async function nextRun({ folder, manifest, data, version }: Host): Promise<void> {
  const unpacked = await unpackVersion(folder, manifest, data);
  await data.passphrase();
  const environment = data.environment(version);
  const place = { folder: join(version, "program"), project: "gemma", stack: "prod" };
  const state = localState(environment["PULUMI_BACKEND_URL"] ?? "", place);
  if (state === undefined) throw new Error("The state is not local");
  await clearCutFiles(state, selectionFile("gemma", place.folder, environment));
  expect(await deploymentOf(state)).toEqual({ resources: [] });
  await data.select(unpacked);
}

describe("a data folder after a power cut", { timeout: 60_000 }, () => {
  const rows = trusted.flatMap(([what, cure, path, of = everyState]) =>
    of.map((state) => ({ what, cure, path, state })),
  );

  it.each(rows)("with $state of $what: $cure", async ({ what, cure, path, state }) => {
    const said = writtenTo("stderr");
    const before = contentsOf(there.data.path);
    const file = path(there);
    // With it alone, as it takes a while to try a passphrase.
    if (what === "the passphrase") writeFileSync(inState(there, "stacks/gemma/prod.json"), stateWith(secrets));
    cutStates[state](file);
    if (cure === "named") {
      const damaged = contentsOf(there.data.path);
      const message = await failureOf(nextRun(there));
      expect(message).toContain(file);
      expect(message).toMatch(/: (`cp '.*'`, and run|Put the copy)|Put the copy of it back/);
      expect(contentsOf(there.data.path)).toEqual(damaged);
    } else {
      await nextRun(there);
      const after = contentsOf(there.data.path);
      const without = cure === "done without" ? [file] : [];
      // Pulumi's own memory of a version is not part of it.
      const lasting = ([name]: readonly [string, string]) => !without.includes(name) && !name.includes("/workspaces/");
      expect([...after].filter(lasting).sort()).toEqual([...before].filter(lasting).sort());
      expect(await there.data.current()).toMatchObject({ folder: there.version });
    }
    expect(said.length).toBeLessThanOrEqual(3);
    if (cure !== "mended") await restore();
    tally(what, cure);
  });
});

describe("an uninstallation after a power cut", { timeout: 60_000 }, () => {
  const rows = trusted.flatMap(([what, , path, of = everyState]) =>
    (what === "the passphrase" ? of : of.slice(0, 1)).map((state) => ({ what, path, state })),
  );

  /** A docker in which a container, a network and the images are until they are removed. */
  function engine() {
    const folder = tempFolder({
      context: JSON.stringify({ Name: "test", Endpoints: { docker: { Host: fakeEngine() } } }),
    });
    writeProgram(
      join(folder, "docker"),
      [
        `if [ "$1 $2" = "context inspect" ]; then cat '${folder}/context'; exit; fi`,
        `echo "$*" >>'${folder}/calls'`,
        'case "$*" in *RepoTags*) echo "[]"; exit ;; esac',
        'case "$*" in *label=io.chatgemma.state=*) case "$*" in *.Image*) echo localhost/gemma/tiny:1 ;; ps* | container*) echo c0ffee ;; network*) echo beef ;; esac ;; esac',
      ].join("\n"),
    );
    return { folder, calls: () => readFileSync(join(folder, "calls"), "utf8").split("\n") };
  }

  it.each(rows)("with $state of $what removes what is there", async ({ path, state }) => {
    await restore();
    cutStates[state](path(there));
    const { folder, calls } = engine();
    const destroy = "echo 'error: incorrect passphrase' >&2; exit 255";
    const wrong = (await readFile(join(there.data.path, "passphrase"), "utf8").catch(() => "")) !== "abc\n";
    const env = {
      PATH: [folder, "/usr/bin", "/bin"].join(delimiter),
      DOCKER_CONTEXT: "test",
      SHLVL: "5",
      FAKE_PULUMI: fakePulumi({ stacks: ["prod"], scripts: wrong ? { destroy } : {} }).file,
    };
    const args = [join(there.folder, "deploy.sh"), "--uninstall", "--data", there.data.path];
    const { status, output, stdout } = await run("bash", args, { env });
    expect(status, output).toBe(0);
    expect(stdout).toContain("Containers, networks and images are removed.\n");
    expect(output).not.toMatch(/\n {4}at /);
    expect(calls()).toContainEqual(expect.stringMatching(/^(container )?rm --force --volumes c0ffee$/));
    expect(calls()).toContain("network rm beef");
    expect(calls()).toContain("rmi localhost/gemma/tiny:1");
    count.uninstalled += 1;
  });
});
