import { accessSync, constants } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { projectFolder } from "../support/project-folder.ts";

const packageBin = join(projectFolder, "node_modules", ".bin");

/** Folders of a PATH without the project's own node_modules/.bin, which npm puts in front. */
function foreignFolders(path: string): string[] {
  return path.split(delimiter).filter((folder) => folder !== "" && resolve(folder) !== resolve(packageBin));
}

/** The Pulumi CLI that is installed on this machine, undefined when there is none. */
export function installedPulumi(path = process.env["PATH"] ?? ""): string | undefined {
  return foreignFolders(path)
    .filter((folder) => !folder.endsWith(join("node_modules", ".bin")))
    .map((folder) => join(folder, "pulumi"))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** The Pulumi CLI to use: an installed one, else the one that the npm package downloads on first use. */
export function pulumiCommand(): string {
  return installedPulumi() ?? join(packageBin, "pulumi");
}

/** An environment in which Pulumi runs the program on the Node that `npm ci` brought, and asks nobody for updates. */
export function pulumiEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: [dirname(process.execPath), ...foreignFolders(process.env["PATH"] ?? "")].join(delimiter),
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}
