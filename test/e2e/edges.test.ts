import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { imageId } from "../support/bundle.ts";
import { edgeConfiguration, type Surroundings } from "../support/edges.ts";
import { haproxyImage, nodeImage, ollamaImage } from "../support/fixtures.ts";
import { freePort } from "../support/free-port.ts";
import { Project, type StackConfig } from "../support/project.ts";
import { seedFrom } from "../support/random.ts";
import { docker, must } from "../support/shell.ts";
import { pullingStack } from "../support/stack.ts";
import { uniqueName } from "../support/unique-name.ts";

const registry = inject("registry");
const volume = uniqueName("gemma-e2e-edges");
const stack = "edges";
const seed = seedFrom("EDGE_SEED");
const count = Number(process.env["EDGE_UPS"] ?? 3);
const first = Number(process.env["EDGE_FIRST"] ?? seed % 1000);

/** What `up` says where it has changed nothing. */
const refusal = /The configuration has (a problem|\d+ problems); nothing was changed|asks? for .*GPU/;

/** What it says where no server could be as quick as is asked. */
const tooShort = /not within readiness\.timeout, (0\.|1\.5 )/;

describe("a stack whose configuration is at the edges of its keys", () => {
  let folder: string;
  let project: Project;
  let around: Surroundings;
  let fixed: StackConfig;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gemma-edge-files-"));
    const [certificate, key] = ["certificate.pem", "key.pem"].map((name) => join(folder, name)) as [string, string];
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
    const names = ["-subj", "/CN=edge", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    await must("openssl", [
      "req",
      "-x509",
      "-nodes",
      ...curve,
      ...names,
      "-days",
      "90",
      "-keyout",
      key,
      "-out",
      certificate,
    ]);
    around = {
      ollamaId: await imageId(ollamaImage),
      haproxyId: await imageId(haproxyImage),
      nodeId: await imageId(nodeImage),
      certificate,
      key,
      takenPort: Number(new URL(registry.url).port),
      freePorts: [await freePort(), await freePort()],
      cpus: availableParallelism(),
    };
    const { models, registry: url, baseImage, memory } = pullingStack(registry, volume, 0);
    fixed = { models, registry: url, baseImage, memory, delivery: "pull", volume: { name: volume } };
    project = await Project.create();
    await project.writeStack(stack, {});
    await project.createStack(stack);
  });

  afterAll(async () => {
    await project.destroy(stack);
    await docker("volume", "rm", "-f", volume);
    await project.remove();
    await rm(folder, { recursive: true });
  });

  it(`comes up and has nothing left to change, or is refused, seed ${seed}`, { timeout: 3600_000 }, async () => {
    const broken: string[] = [];
    const counted = { refused: 0, deployed: 0 };
    for (let index = first; counted.deployed < count; index += 1) {
      const keys = { ...edgeConfiguration(index, seed, around), ...fixed };
      const named = Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined));
      await project.writeStack(stack, named);
      const { status, output } = await project.up(stack);
      if (status !== 0 && (refusal.test(output) || tooShort.test(output))) {
        counted.refused += 1;
        continue;
      }
      const told = (what: string) => broken.push(`${index} ${JSON.stringify(named)}\n${what}`);
      counted.deployed += 1;
      if (status !== 0) {
        told(output);
        continue;
      }
      const refreshed = await project.refresh(stack);
      const { status: clean, output: plan } = await project.preview(stack, "--expect-no-changes", "--diff");
      if (clean !== 0) told(`${refreshed.output}\n${plan}`);
    }
    process.stdout.write(`Edges brought up: from ${first} on, ${JSON.stringify(counted)}, ${broken.length} broken\n`);
    expect(broken).toEqual([]);
  });
});
