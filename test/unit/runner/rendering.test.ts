import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { tokenHash, tokenOf } from "../../../edge/token.ts";
import { stackLabels } from "../../../engine/stack-labels.ts";
import { projectFolder } from "../../../support/project-folder.ts";
import type { Rendering } from "../../../runner/rendering.ts";
import { runCommand } from "../support/command.ts";
import { tempFolder } from "../support/temp-folder.ts";

const files = Object.fromEntries(
  ["Pulumi.yaml", "Pulumi.prod.yaml"].map((name) => [name, readFileSync(join(projectFolder, name), "utf8")]),
);

type Rendered = Rendering & { readonly text: string };

async function render(): Promise<Rendered> {
  const { stdout, stderr } = await runCommand("render.ts", ["prod"], tempFolder(files));
  if (stderr !== "") throw new Error(stderr);
  return { ...(parse(stdout) as Rendering), text: stdout };
}

let once: Promise<Rendered> | undefined;

/** The stack's rendering, made once for all tests. */
function rendered(): Promise<Rendered> {
  return (once ??= render());
}

describe("a rendering", { timeout: 60_000 }, () => {
  it("hides secret outputs as a whole, and shows the others", async () => {
    const { outputs, text } = await rendered();
    expect(outputs["tokens"]).toBe("[secret]");
    expect(outputs["rootCertificate"]).toBe("");
    expect(outputs["gatewayStatus"]).toEqual({
      url: "http://127.0.0.1:11434",
      clientUrl: "http://127.0.0.1:11434",
      clientNetwork: "<name of gateway-network>",
      certificate: null,
    });
    expect(outputs["monitoringPassword"]).toBe("[secret]");
    expect(text).not.toContain("<secret of backend");
    expect(text).not.toContain(Buffer.from("backend.1:").toString("base64").slice(0, 12));
  });

  it("shows what a command reads as the object it is, also when that is a secret", async () => {
    const { resources } = await rendered();
    const sha256 = tokenHash(tokenOf("backend.1", "<secret of backend-token-1>"));
    expect(resources["command:local:Command gateway-traffic-command"]).toMatchObject({
      logging: "stdoutAndStderr",
      stdin: {
        container: "<ID of gateway-container>",
        server: { usher: "<name of usher-container>", ollama: "<name of ollama-container>" },
        policy: { clients: [{ name: "backend", tokens: [{ sha256, expires: null }] }, { name: "monitoring" }] },
      },
    });
    expect(resources["command:local:Command gateway-owner"]).toMatchObject({
      stdin: { volume: "<name of gateway-edge>", image: "<stdout of gateway-image>", userId: 10002 },
    });
  });

  it("labels every container and network of the stack alike, wherever the checkout is, and no volume", async () => {
    const { resources } = await rendered();
    const labelsOf = (type: string) =>
      Object.entries(resources)
        .filter(([name]) => name.startsWith(`${type} `))
        .map(([, inputs]) => (inputs as { labels?: unknown }).labels);
    const labels = Object.entries(
      stackLabels({ project: "gemma", stack: "prod", backend: "file:///state", folder: "" }),
    ).map(([label, value]) => ({ label, value }));
    const alike = (type: string) => new Set(labelsOf(type).map((found) => JSON.stringify(found)));
    for (const type of ["container:Container", "network:Network"])
      expect([type, ...alike(`docker:index/${type}`)]).toEqual([type, JSON.stringify(labels)]);
    expect([...alike("docker:index/volume:Volume")]).toEqual([undefined]);
  });

  it("shows haproxy.cfg line by line, filled in", async () => {
    const { resources } = await rendered();
    const { stdin } = resources["command:local:Command gateway-traffic-command"] as { stdin: { haproxy: string[] } };
    expect(stdin.haproxy).toEqual(expect.arrayContaining(["  setenv SLOTS 4", "frontend edge from asked"]));
  });

  it("shows the token's secret as what makes it", async () => {
    const { resources } = await rendered();
    expect(resources["random:index/randomPassword:RandomPassword backend-token-1"]).toEqual({
      length: 41,
      special: false,
      keepers: { rotation: "1" },
    });
  });
});
