import { delimiter, join } from "node:path";
import { projectFolder } from "../../../support/project-folder.ts";

/* Unit tests do not wait for what others write to the disk; the test of syncing itself has the system's own `sync`. */
process.env["PATH"] = [join(projectFolder, "test/unit/support/bin"), process.env["PATH"]].join(delimiter);
