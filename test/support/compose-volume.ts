import { join } from "node:path";
import { creation, creationMount, model, ollamaImage, removeContainer } from "./fixtures.ts";
import { docker } from "./shell.ts";

/** A server as Compose files have it, as root with a volume for its home. */
export async function startComposeServer(volume: string, image: string, ...args: string[]): Promise<string> {
  const container = await docker("run", "-d", "-v", `${volume}:/root/.ollama`, ...args, image);
  await docker("exec", container, "sh", "-c", "until ollama list; do sleep 1; done");
  return container;
}

/** Fills a volume with the tests' model as a server of Compose does, with labels of Compose; gives the digest it has there. */
export async function fillComposeVolume(volume: string, image: string): Promise<string> {
  const labels = ["com.docker.compose.project=chatgemma", "com.docker.compose.volume=ollama"];
  await docker("volume", "create", ...labels.flatMap((label) => ["--label", label]), volume);
  const container = await startComposeServer(volume, image, ...creationMount());
  await docker("exec", container, "sh", "-ec", creation().join("\n"));
  await removeContainer(container);
  const hash = `busybox sha256sum models/manifests/registry.ollama.ai/library/${model.replace(":", "/")}`;
  return `sha256:${(await inVolume(volume, image, hash)).slice(0, 64)}`;
}

/** Runs a shell script as root in the folder of a volume, with further options of `docker run`. */
export function inVolume(volume: string, image: string, script: string, ...options: string[]): Promise<string> {
  const place = ["-v", `${volume}:/v`, "--workdir", "/v", "--entrypoint", "sh"];
  return docker("run", "--rm", ...place, ...options, image, "-ec", script);
}

/** Has the file system refuse every change of a file in a volume, also by root, or allow it again. */
export async function setImmutable(volume: string, file: string, immutable: boolean): Promise<void> {
  const folder = await docker("volume", "inspect", "--format", "{{.Mountpoint}}", volume);
  const host = ["-v", "/:/host", "--cap-add", "LINUX_IMMUTABLE", "--entrypoint", "busybox", ollamaImage];
  await docker("run", "--rm", ...host, "chroot", "/host", "chattr", immutable ? "+i" : "-i", join(folder, file));
}
