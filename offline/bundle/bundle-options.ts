import { parseSize } from "../../support/units.ts";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure } from "../../support/failure.ts";
import { readOptions } from "../../support/options.ts";

/** How a package is to be made. */
export interface BundleOptions {
  readonly stack: string;
  /** Folder of the package, or with `archive` the name of the archive without `.tar`. */
  readonly out: string;
  /** Manifest of what the host runs. */
  readonly since: string | undefined;
  /** Private key, or public key of one in the agent. */
  readonly sign: string | undefined;
  /** Greatest length of a file, bytes. */
  readonly partSize: number;
  readonly archive: boolean;
  readonly rehearsal: "passed" | "passed without GPU" | "skipped";
}

const usage =
  "npm run bundle -s prod -- --out DIR [--since OLD_MANIFEST] [--sign KEY] [--part-size 1GiB] [--archive] " +
  "[--skip-rehearsal | --rehearse-without-gpu]";

/** Length of a file that FAT does not take any more, bytes. */
const fatLimit = 4 * 1024 ** 3;

/**
 * Reads the command line of `npm run bundle`.
 * @throws Failure that says what to write
 */
export function bundleOptions(args: readonly string[]): BundleOptions {
  const { values, positionals } = parsed(args);
  const stack = values.stack ?? positionals[0];
  if (stack === undefined || positionals.length > 1 || values.out === undefined)
    throw new Failure(`Name the stack and the package's folder: ${usage}`, exitStatus.usage);
  const partSize = parseSize(values["part-size"]) ?? NaN;
  if (!(partSize >= 1024 ** 2 && partSize < fatLimit))
    throw new Failure(
      `--part-size is ${values["part-size"]}: write 1MiB or more and less than 4GiB, which FAT ends at`,
      exitStatus.usage,
    );
  if (values["skip-rehearsal"] && values["rehearse-without-gpu"])
    throw new Failure("Write one of --skip-rehearsal and --rehearse-without-gpu", exitStatus.usage);
  return {
    stack,
    out: values.out,
    since: values.since,
    sign: values.sign,
    partSize,
    archive: values.archive,
    rehearsal: values["skip-rehearsal"] ? "skipped" : values["rehearse-without-gpu"] ? "passed without GPU" : "passed",
  };
}

function parsed(args: readonly string[]) {
  const flag = { type: "boolean", default: false } as const;
  return readOptions(
    {
      args: [...args],
      allowPositionals: true,
      options: {
        stack: { type: "string", short: "s" },
        out: { type: "string" },
        since: { type: "string" },
        sign: { type: "string" },
        "part-size": { type: "string", default: "1GiB" },
        archive: flag,
        "skip-rehearsal": flag,
        "rehearse-without-gpu": flag,
      },
    },
    usage,
  );
}
