import { labelFilters, type StackLabels } from "../../engine/stack-labels.ts";
import { dataFolder } from "../../monitoring/layout.ts";
import { ask } from "./ask.ts";

/** What a stack's figures take of the disk, bytes; 0 where there are none, and for who may not look. */
export async function gatherFigures(labels: StackLabels): Promise<number> {
  const named = ["--filter", "name=^prometheus-container-"];
  const { text: ids } = await ask("docker", "ps", "--all", "--quiet", ...labelFilters(labels), ...named);
  const [id] = ids.split("\n");
  if (!id) return 0;
  const source = `{{range .Mounts}}{{if eq .Destination "${dataFolder}"}}{{.Source}}{{end}}{{end}}`;
  const { text: folder } = await ask("docker", "inspect", "--format", source, id);
  if (folder === "") return 0;
  const { text } = await ask("du", "--summarize", "--block-size=1", folder);
  return Number.parseInt(text, 10) || 0;
}
