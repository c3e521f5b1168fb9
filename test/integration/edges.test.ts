import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:net";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ConfigureEdgeInput } from "../../components/edge-configuration.ts";
import type { ConfigureUsherInput } from "../../components/usher.ts";
import type { ResolvedConfig } from "../../config/resolve.ts";
import { certificateText } from "../../edge/certificate.ts";
import { edgeFiles } from "../../edge/configuration.ts";
import { configurationFiles, edgeFolder, pathOf } from "../../edge/layout.ts";
import { currentEngine } from "../../engine/engine.ts";
import { gatherHost } from "../../engine/host.ts";
import { ollamaPort } from "../../ollama/server.ts";
import { parseSettings } from "../../usher/settings.ts";
import { imageId } from "../support/bundle.ts";
import { runArguments } from "../support/declared-container.ts";
import { EdgeStack, unclearLines } from "../support/edge-stack.ts";
import { edgeConfiguration, edgeCount, type Surroundings } from "../support/edges.ts";
import { seedFrom } from "../support/random.ts";
import { haproxyImage, nodeImage, ollamaImage, removeContainer } from "../support/fixtures.ts";
import { freePort } from "../support/free-port.ts";
import { docker, must, run } from "../support/shell.ts";
import { readFile } from "node:fs/promises";

const labels = { "io.chatgemma.stack": "gemma/edge", "io.chatgemma.state": "edges" };
const server = "docker:index/container:Container ollama-container";
const traffic = "command:local:Command gateway-traffic-command";
const usherSettings = "command:local:Command usher-settings";

/** Has HAProxy check each folder's files, and says of those that it does not take why. */
const checkAll = [
  "for folder in /c/*/; do",
  `  rm -f ${edgeFolder}/*; cp "$folder"* ${edgeFolder}/`,
  `  haproxy -c ${configurationFiles.map((file) => `-f ${pathOf(file)}`).join(" ")} >/tmp/log 2>&1 || { echo "$folder"; tail -3 /tmp/log; }`,
  "done",
].join("\n");

/** Whether a server that is starting answers within some seconds. */
async function answers(url: string): Promise<boolean> {
  for (let tries = 0; tries < 20; tries += 1) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return true;
    await sleep(250);
  }
  return false;
}

describe("configurations at the edges of every key, on this engine", () => {
  const folder = mkdtempSync(join(tmpdir(), "gemma-edge-files-"));
  const taken = createServer();
  let around: Surroundings;
  let endpoint: string;

  beforeAll(async () => {
    taken.listen({ host: "0.0.0.0", port: 0 });
    await once(taken, "listening");
    const bound = taken.address();
    const [certificate, key] = ["certificate.pem", "key.pem"].map((name) => join(folder, name)) as [string, string];
    const subject = ["-subj", "/CN=edge", "-days", "90", "-keyout", key, "-out", certificate];
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
    await must("openssl", ["req", "-x509", "-nodes", ...curve, ...subject]);
    ({ endpoint } = await currentEngine());
    around = {
      ollamaId: await imageId(ollamaImage),
      haproxyId: await imageId(haproxyImage),
      nodeId: await imageId(nodeImage),
      certificate,
      key,
      takenPort: typeof bound === "object" && bound !== null ? bound.port : 0,
      freePorts: [await freePort(), await freePort()],
      cpus: availableParallelism(),
    };
  });

  afterAll(() => {
    taken.close();
    rmSync(folder, { recursive: true });
  });

  const look = (config: ResolvedConfig) =>
    gatherHost(endpoint, { labels, place: config.network.internal && !config.gateway.enabled ? undefined : config });

  /**
   * Why a declared container does not come up; undefined when it does.
   * @param path - what it answers on its port, undefined for a container that only has to run
   */
  async function failure(declared: unknown, image: string, scratch: string[], path?: string) {
    const { status, stdout, output } = await run("docker", ["run", "-d", ...runArguments(declared, image, scratch)]);
    const container = stdout.trim().split("\n").at(-1) ?? "";
    const format = "{{.State.Running}} {{.RestartCount}} {{.NetworkSettings.IPAddress}}";
    try {
      if (status !== 0) return output;
      for (;;) {
        const [running, restarts, address] = (await docker("inspect", "--format", format, container)).split(" ");
        if (running !== "true" || restarts !== "0")
          return (await run("docker", ["logs", "--tail", "5", container])).output;
        if (path === undefined || (await answers(`http://${address}:${path}`))) return undefined;
      }
    } finally {
      if (container !== "") await removeContainer(container);
    }
  }

  /** Writes down what the edge would start with. */
  async function writeEdge(index: number, { settings, policy, tls }: ConfigureEdgeInput): Promise<void> {
    const [certificate = "", key = ""] = await Promise.all(
      [around.certificate, around.key].map((file) => readFile(file, "utf8")),
    );
    const shown = tls.mode === "none" ? undefined : certificateText(certificate, key);
    const of = join(folder, "edges", String(index));
    mkdirSync(of, { recursive: true });
    for (const [name, text] of Object.entries(edgeFiles({ settings, policy, server: undefined, certificate: shown })))
      writeFileSync(join(of, name), text);
  }

  it("come up, or are refused before", { timeout: 600_000 }, async () => {
    const [seed, count, first] = [seedFrom("EDGE_SEED"), edgeCount(20), Number(process.env["EDGE_FIRST"] ?? 0)];
    using stack = new EdgeStack();
    const broken: string[] = [];
    const counted = { refused: 0, "without GPU": 0, deployed: 0, gateways: 0 };
    for (let index = first; index < first + count; index += 1) {
      const keys = edgeConfiguration(index, seed, around);
      const told = (reason: string) => broken.push(`${index} ${JSON.stringify(keys)}\n${reason}`);
      const judged = await stack.judge(keys, look).catch((error: unknown) => ({ message: String(error) }));
      if (judged.message !== undefined) {
        const unclear = unclearLines(judged.message);
        if (unclear.length > 0) told(unclear.join("\n"));
        else counted.refused += 1;
        continue;
      }
      const { resources } = judged.rendering;
      const declared = resources[server] as { deviceRequests?: unknown };
      // The check of the GPUs goes before the container.
      if (declared.deviceRequests !== undefined) {
        counted["without GPU"] += 1;
        continue;
      }
      const reasons = [await failure(declared, ollamaImage, ["/models"], `${ollamaPort}/api/version`)];
      if (resources[traffic] !== undefined) {
        counted.gateways += 1;
        await writeEdge(index, (resources[traffic] as { stdin: ConfigureEdgeInput }).stdin);
        const { settings } = (resources[usherSettings] as { stdin: ConfigureUsherInput }).stdin;
        // What the usher does not take, as it says.
        expect(parseSettings(JSON.stringify({ ...settings, upstream: "ollama:11434" })).clients).toEqual(
          settings.clients,
        );
      }
      const failed = reasons.filter((reason) => reason !== undefined);
      if (failed.length > 0) told(failed.join("\n"));
      else counted.deployed += 1;
    }
    const mount = ["--network", "none", "--tmpfs", edgeFolder, "-v", `${join(folder, "edges")}:/c:ro`];
    if (counted.gateways > 0)
      broken.push(
        ...(await docker("run", "--rm", "--user", "0", ...mount, haproxyImage, "sh", "-c", checkAll))
          .split("\n")
          .filter(Boolean),
      );
    process.stdout.write(
      `Edges: seed ${seed}, ${count} tried from ${first} on, ${JSON.stringify(counted)}, ${broken.length} broken\n`,
    );
    expect(broken).toEqual([]);
    expect(counted.deployed).toBeGreaterThan(0);
  });
});
