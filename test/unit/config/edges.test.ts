import { describe, expect, it } from "vitest";
import { configKeys, nameOf } from "../../../config/keys.ts";
import { EdgeStack, unclearLines } from "../../support/edge-stack.ts";
import { edgeConfiguration, edgeCount, edgesOf, type Surroundings } from "../../support/edges.ts";
import { seedFrom } from "../../support/random.ts";
import { makeCertificate } from "../../support/certificate.ts";
import { tempFolder } from "../support/temp-folder.ts";

const around = (): Surroundings => ({
  ollamaId: `sha256:${"a".repeat(64)}`,
  haproxyId: `sha256:${"b".repeat(64)}`,
  nodeId: `sha256:${"c".repeat(64)}`,
  ...makeCertificate(tempFolder()),
  takenPort: 22,
  freePorts: [20_001, 20_002],
  cpus: 4,
});

describe("configurations at the edges of every key", () => {
  it("know edges of each key", () => {
    const objects = ["gateway.clients"];
    const names = configKeys().map(nameOf);
    expect(Object.keys(edgesOf(around()))).toEqual(names);
    expect(names).toEqual(expect.arrayContaining(objects));
  });

  // In the place of a list that is refused, the first key that is wrong.
  it.each([
    ["pull", "declared", "models.1.name"],
    ["embedded", "models.0.digest", "models.0.digest"],
  ])("declare one to three models by %s, and refuse others", { timeout: 60_000 }, async (delivery, names, twice) => {
    const surroundings = around();
    using stack = new EdgeStack();
    const said: string[] = [];
    for (const models of edgesOf(surroundings)["models"] ?? []) {
      const { message } = await stack.judge({ models, delivery, baseImage: surroundings.ollamaId, memory: "16GiB" });
      said.push(message === undefined ? "declared" : (/gemma:([\w.]+): got/.exec(message)?.[1] ?? message));
    }
    expect(said).toEqual([
      ...["declared", names, "declared", "declared", "declared"],
      ...["ollama.maxLoadedModels", twice, "models", "models"],
    ]);
  });

  it("are refused with a place and advice, or can be declared", { timeout: 600_000 }, async () => {
    const [seed, count] = [seedFrom("EDGE_SEED"), edgeCount(40)];
    const surroundings = around();
    using stack = new EdgeStack();
    const broken: string[] = [];
    let refused = 0;
    for (let index = 0; index < count; index += 1) {
      const keys = edgeConfiguration(index, seed, surroundings);
      const judged = await stack.judge(keys).catch((error: unknown) => ({ message: String(error) }));
      if (judged.message === undefined) continue;
      refused += 1;
      const unclear = unclearLines(judged.message);
      if (unclear.length > 0) broken.push(`${JSON.stringify(keys)}\n${unclear.join("\n")}`);
    }
    process.stdout.write(`Edges: seed ${seed}, ${count} tried, ${refused} refused, ${count - refused} declared\n`);
    expect(broken).toEqual([]);
    expect(refused).toBeLessThan(count);
  });
});
