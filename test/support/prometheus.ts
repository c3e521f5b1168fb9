import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { docker } from "./shell.ts";
import { uniqueName } from "./unique-name.ts";

/** Image of the Prometheus that the tests ask. */
export const prometheusImage = "prom/prometheus:v2.42.0";

/** A Prometheus of this test, which asks for a password as a stack's does. */
export interface TestPrometheus extends AsyncDisposable {
  readonly access: { readonly url: string; readonly user: string; readonly password: string };
  readonly container: string;
}

/** A figure with what it was at a moment, seconds since 1970; undefined where it was not there. */
export interface History {
  /** As `name{label="value"}`. */
  readonly figure: string;
  readonly at: (seconds: number) => number | undefined;
}

const password = "a-password";
/** Of that one, by bcrypt. */
const hash = "$2y$04$tnnUUxSLGwnGAGwpoug7LOFNzZd19buIeRvrEp7JAsljLGB7zNlha";

/** Starts a Prometheus that has some figures, one a minute, from a moment to another. */
export async function prometheusWith(histories: readonly History[], from: number, to: number): Promise<TestPrometheus> {
  const folder = await mkdtemp(join(tmpdir(), "gemma-prometheus-"));
  const container = uniqueName("gemma-prometheus");
  const port = await freePort();
  try {
    await writeFile(join(folder, "figures"), openMetrics(histories, from, to));
    await writeFile(join(folder, "prometheus.yml"), "{}\n");
    await writeFile(join(folder, "web.yml"), `basic_auth_users: {operator: "${hash}"}\n`);
    const begin = "promtool tsdb create-blocks-from openmetrics --quiet /tmp/figures /prometheus > /dev/null";
    const serve = "exec prometheus --config.file=/tmp/prometheus.yml --web.config.file=/tmp/web.yml";
    const keep = "--storage.tsdb.path=/prometheus --storage.tsdb.retention.time=100y";
    await docker(
      ...["create", "--name", container, "--publish", `127.0.0.1:${port}:9090`, "--entrypoint", "/bin/sh"],
      ...[prometheusImage, "-c", `${begin} && ${serve} ${keep}`],
    );
    await docker("cp", `${folder}/.`, `${container}:/tmp`);
    await docker("start", container);
  } finally {
    await rm(folder, { recursive: true });
  }
  const access = { url: `http://127.0.0.1:${port}`, user: "operator", password };
  await ready(access.url, container);
  return {
    access,
    container,
    [Symbol.asyncDispose]: async () => {
      await docker("rm", "--force", "--volumes", container);
    },
  };
}

function openMetrics(histories: readonly History[], from: number, to: number): string {
  const lines = histories.flatMap(({ figure, at }) => {
    const moments = Array.from({ length: Math.floor((to - from) / 60) + 1 }, (_, minute) => from + minute * 60);
    return moments.flatMap((moment) => {
      const value = at(moment);
      return value === undefined ? [] : [`${figure} ${value} ${moment}`];
    });
  });
  return `${lines.join("\n")}\n# EOF\n`;
}

async function ready(url: string, container: string): Promise<void> {
  const authorization = `Basic ${Buffer.from(`operator:${password}`).toString("base64")}`;
  for (;;) {
    const response = await fetch(`${url}/-/ready`, { headers: { authorization } }).catch(() => undefined);
    if (response?.ok) return;
    const running = await docker("inspect", "--format", "{{.State.Running}}", container);
    if (running.trim() !== "true") throw new Error(await docker("logs", container));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
