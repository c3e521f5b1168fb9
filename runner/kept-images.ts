import { tryDocker } from "../engine/docker.ts";
import { keepForOthers } from "../engine/image-owners.ts";
import { labelFilters, type StackLabels } from "../engine/stack-labels.ts";

/** Keeps the images of a checkout's containers: a package on this host may have brought them, and is not to take them away. */
export async function keepImages(labels: StackLabels): Promise<void> {
  const containers = await lines("container", "ls", "--all", "--quiet", ...labelFilters(labels));
  if (containers.length === 0) return;
  const images = await lines("container", "inspect", "--format", "{{.Image}}", ...containers);
  const named = await lines("image", "inspect", "--format", '{{join .RepoTags "\\n"}}', ...new Set(images));
  for (const name of named) if (name.startsWith("localhost/gemma/")) await keepForOthers(name);
}

async function lines(...command: string[]): Promise<string[]> {
  return ((await tryDocker(...command)) ?? "").split("\n").filter((line) => line !== "");
}
