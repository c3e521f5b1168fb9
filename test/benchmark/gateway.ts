import { stack } from "../support/bundle.ts";
import { removeContainer, startRegistry } from "../support/fixtures.ts";
import { gatewayProject } from "../support/gateway.ts";
import { stream, type Streamed, type Target } from "../support/load.ts";
import { docker } from "../support/shell.ts";
import { inTurn, median, type Pair } from "./pairs.ts";

/** How many clients ask at the same time, and how often; one alone has little to tell each time. */
const measured = [
  { count: 1, rounds: 41 },
  { count: 8, rounds: 11 },
] as const;

/** What some clients saw that asked at the same time. */
interface Seen {
  /** Median time to the first byte, milliseconds. */
  readonly firstByte: number;
  /** Tokens of all together in a second. */
  readonly throughput: number;
}

async function ask(target: Target, count: number): Promise<Seen> {
  const started = performance.now();
  const results = await Promise.all(Array.from({ length: count }, () => stream(target, 20)));
  const seconds = (performance.now() - started) / 1000;
  const failed = results.find(({ failure }) => failure !== undefined);
  if (failed) throw new Error(failed.failure);
  const tokens = results.reduce((sum, result: Streamed) => sum + result.tokens, 0);
  return { firstByte: median(results.map((result) => result.firstByte)), throughput: tokens / seconds };
}

/** Time to the first byte and throughput through the gateway, against the server itself, in turn. */
export async function benchmarkGateway(): Promise<string[]> {
  const registry = await startRegistry();
  await using project = await gatewayProject(registry, 0);
  try {
    const { status, output } = await project.up({ clients: ["benchmark"] }, { ollama: { numParallel: 8 } });
    if (status !== 0) throw new Error(output);
    const { baseUrl, containerName } = await project.project.outputs(stack);
    const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
    // This host reaches the container itself, past the gateway and everything that publishing a port takes.
    const direct: Target = { url: `http://${await docker("inspect", "--format", format, containerName)}:11434` };
    const through: Target = { url: baseUrl, token: (await project.tokens())["benchmark"] };
    const lines: string[] = [];
    for (const { count, rounds } of measured) {
      for (const target of [direct, through]) await ask(target, count);
      const pairs = await inTurn(
        rounds,
        () => ask(through, count),
        () => ask(direct, count),
      );
      lines.push(resultLine(count, pairs));
    }
    return lines;
  } finally {
    await removeContainer(registry.container);
  }
}

function resultLine(count: number, pairs: readonly Pair<Seen>[]): string {
  const added = median(pairs.map(({ a, b }) => a.firstByte - b.firstByte));
  const share = median(pairs.map(({ a, b }) => a.throughput / b.throughput));
  const alone = median(pairs.map(({ b }) => b.firstByte));
  const who = count === 1 ? "1 client" : `${count} clients at once`;
  return (
    `through the gateway, ${who}: ${added.toFixed(1)} ms more to the first byte (target 3; ${alone.toFixed(0)} ms without it), ` +
    `${(share * 100).toFixed(1)} % of the throughput (target 99)`
  );
}
