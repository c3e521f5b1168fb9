import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must, run } from "./shell.ts";

/** Programs of Debian's packages that stand for images which cannot be had here, as those images have them. */
const programs = {
  "localhost/gemma-test/alertmanager:debian": {
    deb: "prometheus-alertmanager",
    program: "usr/bin/prometheus-alertmanager",
    as: "bin/alertmanager",
  },
  "localhost/gemma-test/node-exporter:debian": {
    deb: "prometheus-node-exporter",
    program: "usr/bin/prometheus-node-exporter",
    as: "bin/node_exporter",
  },
} as const;

/** Name of an image that {@link importDebianImage} makes. */
export type DebianImage = keyof typeof programs;

export const alertmanagerImage: DebianImage = "localhost/gemma-test/alertmanager:debian";
export const nodeExporterImage: DebianImage = "localhost/gemma-test/node-exporter:debian";

/** Names of all of them. */
export const debianImages = Object.keys(programs) as readonly DebianImage[];

/** Unpacks the program of a package with the libraries that it needs, and imports it, once. */
const importOnce = [
  "set -eo pipefail",
  "exec 9> /tmp/gemma-test-debian.lock; flock 9",
  'name=$0 deb=$1 program=$2 as=$3; if docker image inspect "$name" > /dev/null 2>&1; then exit; fi',
  'apt-get download -qq "$deb" || { apt-get update -qq && apt-get download -qq "$deb"; }',
  'dpkg -x "$deb"_*.deb root; mkdir -p image/bin; cp "root/$program" "image/$as"',
  "libraries=$(ldd \"image/$as\" | grep -o '/[^ ]* (0x' | cut -d' ' -f1 || true)",
  'for library in $libraries; do mkdir -p "image$(dirname "$library")"; cp -L "$library" "image$library"; done',
  // What it reads besides its configuration.
  "if [ -d root/usr/share/prometheus ]; then mkdir -p image/usr/share; cp -r root/usr/share/prometheus image/usr/share/; fi",
  'tar --create --owner=0 --group=0 --directory=image . | docker import - "$name" > /dev/null',
].join("\n");

/** Has the engine have an image; throws where Debian's packages cannot be had. */
export async function importDebianImage(name: DebianImage): Promise<void> {
  const { deb, program, as } = programs[name];
  const folder = await mkdtemp(join(tmpdir(), "gemma-debian-"));
  try {
    await must("bash", ["-c", importOnce, name, deb, program, as], { cwd: folder });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Why images cannot be made of Debian's packages here; undefined when they can. */
export async function missingForDebian(): Promise<string | undefined> {
  for (const name of debianImages) {
    const there = (await run("docker", ["image", "inspect", name])).status === 0;
    if (there) continue;
    const failed = await importDebianImage(name).catch((error: unknown) => error as Error);
    if (failed instanceof Error) return `${name} cannot be made of Debian's package: ${failed.message.slice(0, 300)}`;
  }
  return undefined;
}
