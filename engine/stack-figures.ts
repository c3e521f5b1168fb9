import { pipeline } from "node:stream/promises";
import { tar } from "../docker/tar.ts";
import { figuresFolder } from "../monitoring/layout.ts";
import { spawnDocker } from "./docker.ts";

/** A figure: its value, and labels where it has some. */
export type Figure = number | { readonly value: number; readonly labels: Readonly<Record<string, string>> };

/** Figures by their names. */
export type Figures = Readonly<Record<string, Figure>>;

/** Figures in Prometheus's own form. */
export function figuresText(figures: Figures): string {
  const lines = Object.entries(figures).map(([name, figure]) => {
    if (typeof figure === "number") return `${name} ${figure}\n`;
    const labels = Object.entries(figure.labels).map(([label, text]) => `${label}=${JSON.stringify(text)}`);
    return `${name}{${labels.join(",")}} ${figure.value}\n`;
  });
  return lines.join("");
}

/**
 * Leaves figures where the stack's node_exporter finds them, in the place of those of that name before.
 * @param container - one that has the volume with the figures, and no folder of the host
 */
export async function leaveFigures(container: string, name: string, figures: Figures): Promise<void> {
  const { child, exited } = spawnDocker(["cp", "-", `${container}:${figuresFolder}`]);
  child.stdout.resume();
  const entry = { header: { name: `${name}.prom`, mode: 0o644 }, content: figuresText(figures) };
  // What went wrong is what docker says.
  await pipeline(tar([entry]), child.stdin).catch(() => undefined);
  await exited;
}
