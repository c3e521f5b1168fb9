import { mkdtemp, rm, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseSize } from "../../support/units.ts";
import { bundle, embeddedStack, manifestOf, stack, stagePadded } from "../support/bundle.ts";
import { ClosedHost } from "../support/closed-host.ts";
import { startClosedEngine } from "../support/engine.ts";
import { model, ollamaImage, removeContainer, startRegistry } from "../support/fixtures.ts";
import { Project } from "../support/project.ts";
import { docker, must, run } from "../support/shell.ts";
import { seconds } from "./pairs.ts";

/** Bytes added to the small model to make it as large as a real one, incompressible as weights are. */
const padding = parseSize(process.env["BENCHMARK_MODEL_SIZE"] ?? "4GiB") ?? NaN;

/** Most bytes a disk had in use during some work, above those before and after it. */
async function peakDisk(folder: string, work: () => Promise<unknown>): Promise<{ peak: number; lasting: number }> {
  const used = async () => {
    const { blocks, bfree, bsize } = await statfs(folder);
    return (blocks - bfree) * bsize;
  };
  const before = await used();
  let most = before;
  const timer = setInterval(() => {
    void used().then((now) => (most = Math.max(most, now)));
  }, 200);
  await work();
  clearInterval(timer);
  return { peak: most - before, lasting: (await used()) - before };
}

const forgetFiles = () => run("sh", ["-c", "sync; echo 3 > /proc/sys/vm/drop_caches"]);

function line(what: string, a: number, b: number, other: string, target: string): string {
  return `${what}: ${a.toFixed(1)} s against ${b.toFixed(1)} s for ${other}, ratio ${(a / b).toFixed(2)} (${target})`;
}

/** Making, verifying and deploying a package, against copying and `docker load` of the same bytes. */
export async function benchmarkOffline(): Promise<string[]> {
  const registry = await startRegistry();
  const project = await Project.create();
  const folder = await mkdtemp(join(tmpdir(), "gemma-benchmark-"));
  const results: string[] = [];
  const measured = async (what: string, work: () => Promise<unknown>) => {
    const time = await seconds(work);
    process.stderr.write(`${what}: ${time.toFixed(1)} s\n`);
    return time;
  };
  try {
    const config = await embeddedStack(registry, 18510);
    await project.writeStack(stack, config);
    const large = await stagePadded(project, padding);
    await project.writeStack(stack, { ...config, memory: "8GiB", models: [{ name: model, digest: large.digest }] });

    const copied = join(folder, "copy");
    await forgetFiles();
    const copy = await measured("cp", () => must("sh", ["-c", `cp ${large.blob} ${copied} && sync -f ${copied}`]));
    await rm(copied);

    const out = join(folder, "package");
    const make = async (...args: string[]) => {
      await forgetFiles();
      const { status, output } = await bundle(project, out, ...args);
      if (status !== 0) throw new Error(output);
    };
    const plain = await measured("bundle without rehearsal", () => make("--skip-rehearsal"));
    results.push(line("bundle --skip-rehearsal", plain, copy, "cp", "target 4"));
    await rm(out, { recursive: true });
    const whole = await measured("bundle", () => make());
    results.push(line("bundle", whole, copy, "cp", "target 4"));

    const [image] = (await manifestOf(out)).images;
    const name = image?.name ?? "";
    const saved = join(folder, "saved.tar");
    await must("sh", ["-c", `docker save ${name} > ${saved}`]);
    const seeds = await measured("the seed's way", () => seedsWay(project, folder));
    results.push(line("the seed's docker build, docker save, tar.gz", seeds, copy, "cp", "for comparison"));
    await docker("rmi", "-f", name);

    await forgetFiles();
    const read = await measured("reading", () => must("sh", ["-c", `cat $(find ${out} -type f) > /dev/null`]));
    const host = await ClosedHost.start();
    try {
      await forgetFiles();
      const verify = await measured("verify.sh", () => succeed(host.script(out, "verify.sh", "--allow-unsigned")));
      results.push(line("verify.sh", verify, read, "reading the files", "target 1.2"));

      const loading = await startClosedEngine();
      let load = NaN;
      try {
        await forgetFiles();
        const command = `docker load --quiet --input ${saved}`;
        const disk = await peakDisk(folder, async () => {
          load = await measured("docker load", () =>
            must("sh", ["-c", command], { env: { ...process.env, ...loading.env } }),
          );
        });
        results.push(diskLine("docker load", disk));
      } finally {
        await loading.stop();
        await rm(saved);
      }
      await forgetFiles();
      let deploy = NaN;
      const disk = await peakDisk(folder, async () => {
        deploy = await measured("deploy.sh", () => succeed(host.script(out, "deploy.sh", "--allow-unsigned")));
      });
      results.push(line("deploy.sh", deploy, load, "docker load", "target 1.3"), diskLine("deploy.sh", disk));
    } finally {
      await host[Symbol.asyncDispose]();
    }
    return results;
  } finally {
    await removeContainer(registry.container);
    await project.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

function diskLine(what: string, { peak, lasting }: { peak: number; lasting: number }): string {
  const size = (bytes: number) => `${(bytes / padding).toFixed(2)} x the model`;
  return `${what}: disk at its peak ${size(peak)}, of which ${size(lasting)} stay`;
}

async function succeed(result: Promise<{ status: number | null; output: string }>): Promise<void> {
  const { status, output } = await result;
  if (status !== 0) throw new Error(output);
}

/** What the scripts before this program did: the model copied onto the server's image, saved and compressed. */
async function seedsWay(project: Project, folder: string): Promise<void> {
  const dockerfile = `FROM ${ollamaImage}\nCOPY models/ /root/.ollama/models/\n`;
  const context = join(project.folder, "staged");
  await writeFile(join(context, "Dockerfile"), dockerfile);
  const tag = "localhost/gemma/benchmark:seed";
  await must("docker", ["build", "--quiet", "--tag", tag, context], { env: { ...process.env, DOCKER_BUILDKIT: "0" } });
  const tar = join(folder, "production.tar");
  await must("sh", ["-c", `docker save ${tag} > ${tar}`]);
  await must("tar", ["-czf", `${tar}.gz`, "-C", folder, "production.tar"]);
  await docker("rmi", "-f", tag);
  for (const file of [tar, `${tar}.gz`]) await rm(file);
}
