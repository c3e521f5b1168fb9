import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { imageId, stack } from "../../support/bundle.ts";
import { ask } from "../../support/container.ts";
import { brokenBy, brokenOnPurpose, exceptions, rules } from "../../support/docker-bench.ts";
import { gatewayProject, type GatewayProject } from "../../support/gateway.ts";
import { model, nodeImage, ollamaImage } from "../../support/fixtures.ts";
import { monitoringKeys } from "../../support/monitored-stack.ts";
import { Project } from "../../support/project.ts";
import { makeScriptedImage } from "../../support/scripted-image.ts";
import { docker, run } from "../../support/shell.ts";
import { pullingStack } from "../../support/stack.ts";
import { uniqueName } from "../../support/unique-name.ts";

const registry = inject("registry");
const volume = uniqueName("gemma-e2e-hardening");
/** Stands for Grafana's, of which only the container is looked at. */
const grafanaImage = uniqueName("localhost/gemma-test/grafana");

/** The container of a stack by what its name begins with. */
const containerOf = async (project: Project, name: string) => {
  const { stdout } = await project.pulumi(["stack", "export", "--stack", stack]);
  const { deployment } = JSON.parse(stdout) as { deployment: { resources: { urn: string; id: string }[] } };
  return deployment.resources.find(({ urn }) => urn.endsWith(`::${name}-container`))?.id ?? "";
};

describe("containers that have nothing they do not need", () => {
  let behind: GatewayProject;
  let pulling: Project;
  const outputs: string[] = [];

  beforeAll(async () => {
    await makeScriptedImage(grafanaImage, "/run.sh", "while :; do sleep 60; done");
    const monitoring = {
      ...(await monitoringKeys()),
      grafana: { enabled: true, port: 0, image: await imageId(grafanaImage) },
    };
    const watcher = { enabled: true, image: await imageId(nodeImage) };
    behind = await gatewayProject(registry, 0, { monitoring, watcher });
    outputs.push((await behind.up({})).output);
    outputs.push((await behind.up({ clients: ["backend", { name: "web", rotation: 2 }] })).output);
    // A volume as an earlier version left it, which ran as root.
    await docker("volume", "create", volume);
    const owned = "mkdir -p /v/blobs /v/manifests && busybox touch /v/blobs/old && busybox chmod -R go-w /v";
    await docker(
      "run",
      "--rm",
      "--volume",
      `${volume}:/v`,
      "--entrypoint",
      "sh",
      ollamaImage,
      "-c",
      `busybox ${owned}`,
    );
    pulling = await Project.create();
    await pulling.writeStack(stack, pullingStack(registry, volume, 0));
    await pulling.createStack(stack);
    const { status, output } = await pulling.up(stack);
    if (status !== 0) throw new Error(output);
  });

  afterAll(async () => {
    await behind[Symbol.asyncDispose]();
    await pulling.destroy(stack);
    await pulling.remove();
    await run("docker", ["volume", "rm", "-f", volume]);
    await run("docker", ["rmi", "-f", grafanaImage]);
  });

  it.each([
    ["HAProxy", "gateway", () => behind.project],
    ["the usher", "usher", () => behind.project],
    ["the server with the model in its image", "ollama", () => behind.project],
    ["the server with the model in a volume", "ollama", () => pulling],
  ])("%s keeps every rule but those that this host cannot", async (what, name, project) => {
    const reasons = await exceptions();
    const broken = await brokenBy(await containerOf(project(), name));
    const lines = broken.map((rule) => `\n  not ${rule}: ${reasons[rule] ?? "no reason"}`);
    process.stdout.write(`${what}: ${rules.length - broken.length} of ${rules.length} rules${lines.join("")}\n`);
    expect(broken).toEqual(Object.keys(reasons));
  });

  it.each(Object.entries(brokenOnPurpose))(
    "%s keeps every rule but those that it breaks on purpose",
    async (part, on) => {
      const reasons = await exceptions();
      const broken = await brokenBy(await containerOf(behind.project, part));
      process.stdout.write(`${part}: ${rules.length - broken.length} of ${rules.length} rules\n`);
      expect([part, ...broken.toSorted()]).toEqual([part, ...[...Object.keys(reasons), ...on].toSorted()]);
    },
  );

  it("uses a volume that an earlier version wrote as root", async () => {
    const { baseUrl } = await pulling.outputs(stack);
    expect(await ask(baseUrl, model)).toContain("Paris");
    const server = await containerOf(pulling, "ollama");
    const list = await docker("exec", server, "sh", "-c", "busybox stat -c %u /models /models/blobs/old");
    expect(list.split("\n")).toEqual(["10001", "10001"]);
  });

  it("has tokens nowhere in plain text but with its clients", async () => {
    const tokens = await behind.tokens();
    expect(Object.keys(tokens).toSorted()).toEqual(["backend", "monitoring", "web"]);
    const secrets = Object.values(tokens).flatMap((token) => [
      token,
      Buffer.from(token, "base64").toString().split(":")[1] ?? "",
    ]);
    const parts = ["gateway", "usher", "ollama", ...Object.keys(brokenOnPurpose)];
    const containers = await Promise.all(parts.map((part) => containerOf(behind.project, part)));
    const [gateway = "", usher = ""] = containers;
    const places: Record<string, string> = { "output of up": outputs.join("") };
    for (const container of containers) {
      places[`inspect ${container}`] = await docker("inspect", container);
      places[`logs ${container}`] = (await run("docker", ["logs", container])).output;
      places[`processes ${container}`] = await docker("top", container);
    }
    places["configuration"] = await docker("exec", gateway, "sh", "-c", "find /var/lib/gateway -type f -exec cat {} +");
    expect(places["configuration"]).toMatch(/^[0-9a-f]{64} web:\d+$/m);
    places["the usher's settings"] = await docker("exec", usher, "sh", "-c", "cat /var/lib/usher/*");
    expect(places["the usher's settings"]).toContain('"web"');
    const state = join(behind.project.folder, "state");
    for (const file of await readdir(state, { recursive: true, withFileTypes: true }))
      if (file.isFile()) places[file.name] = await readFile(join(file.parentPath, file.name), "utf8");
    expect(Object.keys(places).some((name) => name.startsWith("prod.json"))).toBe(true);
    const found = Object.entries(places).filter(([, text]) => secrets.some((secret) => text.includes(secret)));
    expect(found.map(([name]) => name)).toEqual([]);
  });
});
