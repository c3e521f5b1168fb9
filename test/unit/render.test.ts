import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { projectFolder } from "../../support/project-folder.ts";
import { runCommand, type Outcome } from "./support/command.ts";
import { lineDiff } from "./support/line-diff.ts";
import { e4bDigest } from "./support/raw-config.ts";
import { tempFolder } from "./support/temp-folder.ts";

const gemma3Digest = "sha256:a2af6cc3eb7fa8be8504abaf9b04e88f17a119ec3f04a3addf55f92841195f5a";

const [projectFile, devFile, prodFile] = ["Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml"].map((file) =>
  readFileSync(join(projectFolder, file), "utf8"),
) as [string, string, string];

function render(stackFile: string): Promise<Outcome> {
  return runCommand("render.ts", ["x"], tempFolder({ "Pulumi.yaml": projectFile, "Pulumi.x.yaml": stackFile }));
}

const rendered = new Map<string, Promise<string>>();

/** What a stack file renders to, once for all tests. */
function rendering(stackFile: string): Promise<string> {
  const known = rendered.get(stackFile);
  if (known !== undefined) return known;
  const made = render(stackFile).then(({ code, stdout, stderr }) => {
    if (code !== 0) throw new Error(stderr);
    return stdout;
  });
  rendered.set(stackFile, made);
  return made;
}

async function resourceTypes(stackFile: string): Promise<Set<string>> {
  const { resources } = parse(await rendering(stackFile)) as { resources: object };
  return new Set(Object.keys(resources).map((key) => key.split(" ")[0] ?? ""));
}

function changed(text: string, from: string, to: string): string {
  if (text.split(from).length !== 2) throw new Error(`${from} does not stand in the text exactly once`);
  return text.replace(from, to);
}

const gatewayKeys = /^ {2}gemma:gateway:\n(?: {4}.*\n)+/m.exec(prodFile)?.[0] ?? "";

describe("render", { timeout: 60_000 }, () => {
  it.each([
    ["dev", devFile],
    ["prod", prodFile],
  ])("writes the same bytes for %s every time, and nothing on stderr", async (_, file) => {
    const [first, second] = [await rendering(file), await render(file)];
    expect(first).toMatch(/^outputs:\n {2}baseUrl: http:\/\/127\.0\.0\.1:11434\n/);
    expect(second).toEqual({ code: 0, stdout: first, stderr: "" });
  });

  it("declares the same resource types for dev and prod, apart from delivery, GPUs and the gateway", async () => {
    const [dev, prod] = [await resourceTypes(devFile), await resourceTypes(prodFile)];
    expect([...dev.intersection(prod)].sort()).toEqual([
      "command:local:Command",
      "docker:index/container:Container",
      "docker:index/network:Network",
      "docker:index/volume:Volume",
      "gemma:index:ModelParameters",
      "gemma:index:OllamaService",
      "gemma:index:ReadinessGate",
      "pulumi:providers:docker",
    ]);
    expect([...dev.difference(prod)].sort()).toEqual([
      "docker:index/remoteImage:RemoteImage",
      "gemma:index:BaseImage",
      "gemma:index:ModelPull",
      "gemma:index:ModelStore",
    ]);
    expect([...prod.difference(dev)].sort()).toEqual([
      "gemma:index:ClientToken",
      "gemma:index:Drain",
      "gemma:index:EdgeConfiguration",
      "gemma:index:EdgeContainer",
      "gemma:index:EmbeddedImage",
      "gemma:index:FilledVolume",
      "gemma:index:Gateway",
      "gemma:index:GpuCheck",
      "gemma:index:Monitoring",
      "gemma:index:MonitoringPart",
      "gemma:index:TaggedImage",
      "gemma:index:Usher",
      "gemma:index:UsherImage",
      "gemma:index:Watcher",
      "gemma:index:WatcherImage",
      "random:index/randomPassword:RandomPassword",
    ]);
  });

  it("shows a changed memory limit as exactly the lines of memory and memorySwap", async () => {
    const small = await rendering(changed(prodFile, "gemma:memory: 16GiB", "gemma:memory: 8GiB"));
    expect(lineDiff(small, await rendering(prodFile))).toEqual([
      "- memory: 8192",
      "+ memory: 16384",
      "- memorySwap: 8192",
      "+ memorySwap: 16384",
    ]);
  });

  it("shows a changed model as exactly the lines with its name, its digest and what it is for", async () => {
    const other = `${devFile}  gemma:models:\n    - gemma3:4b\n`;
    const digestLines = [`- digest: ${e4bDigest}`, `+ digest: ${gemma3Digest}`];
    const modelLines = ["- model: gemma3n:e4b", "+ model: gemma3:4b"];
    const together = [digestLines[0], modelLines[0], digestLines[1], modelLines[1]];
    const gate = [...digestLines, "+ - vision", ...modelLines];
    expect(lineDiff(await rendering(devFile), await rendering(other))).toEqual([
      ...[`- - digest: ${e4bDigest}`, `+ - digest: ${gemma3Digest}`],
      ...["- name: gemma3n:e4b", "+ - vision", "+ name: gemma3:4b"],
      ...gate,
      ...[`- - digest: ${e4bDigest}`, "- model: gemma3n:e4b", `+ - digest: ${gemma3Digest}`, "+ model: gemma3:4b"],
      ...together,
      ...gate,
    ]);
  });

  it("shows a model more as lines that are added, and none that is changed", async () => {
    const models = "  gemma:models:\n    - gemma3n:e4b\n    - name: bge-m3:567m\n      keepAlive: 1h\n";
    const lines = lineDiff(await rendering(devFile), await rendering(`${devFile}${models}`));
    expect(lines.filter((line) => !line.startsWith("+ "))).toEqual([]);
    const of = (line: string) => lines.filter((added) => added === line).length;
    // As an output, for the gate twice, to be pulled, and for its parameters.
    expect([of("+ - name: bge-m3:567m") + of("+ name: bge-m3:567m"), of("+ model: bge-m3:567m")]).toEqual([1, 4]);
    expect([of("+ - embedding"), of("+ keepAlive: 1h"), of("+ vectorLength: 1024")]).toEqual([3, 2, 2]);
  });

  it("shows a network without a way out as an address in place of a port", async () => {
    const open = changed(prodFile, gatewayKeys, "");
    const internal = `${open}  gemma:network:\n    internal: true\n`;
    const [published, own] = ["http://127.0.0.1:11434", "http://<address of ollama-container>:11434"];
    const url = [`- url: ${published}`, "+ url: null"];
    expect(lineDiff(await rendering(open), await rendering(internal))).toEqual([
      `- baseUrl: ${published}`,
      `+ baseUrl: ${own}`,
      url[0],
      '- replacement: "recreate: port 11434 is published directly, and two containers cannot hold it"',
      url[1],
      '+ replacement: "start-first: nothing is published"',
      ...url,
      ...url,
      "- ports:",
      "- - external: 11434",
      "- internal: 11434",
      "- ip: 127.0.0.1",
      "+ internal: true",
    ]);
  });

  it("gives as digest what was pulled when none is expected", async () => {
    const file = `${devFile}  gemma:models:\n    - someone/gemma:1\n`;
    const { outputs } = parse(await rendering(file)) as { outputs: Readonly<Record<string, unknown>> };
    expect(outputs["models"]).toEqual([
      { name: "someone/gemma:1", digest: "<stdout of models-command>", for: ["chat"] },
    ]);
  });

  it("refuses a configuration that breaks a rule with a sentence and no stack trace", async () => {
    const file = "config:\n  gemma:port: 8080\n  gemma:replacement: start-first\n";
    expect(await render(file)).toEqual({
      code: 3,
      stdout: "",
      stderr:
        "The configuration has a problem; nothing was changed.\n" +
        "  Pulumi.x.yaml:3: gemma:replacement: got start-first; the old and the new container cannot both publish port " +
        "8080: write recreate, port 0 for any free port, or gateway.enabled\n",
    });
  });

  it("says which stack file is missing", async () => {
    const folder = tempFolder({ "Pulumi.yaml": projectFile });
    expect(await runCommand("render.ts", ["x"], folder)).toEqual({
      code: 3,
      stdout: "",
      stderr: `There is no Pulumi.x.yaml in ${folder}, nor of another stack: write it\n`,
    });
  });

  it.each([
    ["of another project", "config:\n  docker:registryAuth:\n    secure: v1:abc\n"],
    ["in place of a word", "config:\n  gemma:registry:\n    secure: v1:abc\n"],
    ["inside an object", "config:\n  gemma:ollama:\n    env:\n      HTTPS_PROXY:\n        secure: v1:abc\n"],
  ])("never shows an encrypted value %s", async (_, file) => {
    const { stdout, stderr } = await render(file);
    expect(stdout.length + stderr.length).toBeGreaterThan(100);
    expect(`${stdout}${stderr}`).not.toContain("v1:abc");
  });
});
