import * as z from "zod";

/** Name of the file that tells what is in a backup; where it is missing, there is none. */
export const manifestName = "backup.json";

/** Paths in a backup. */
export const paths = {
  state: "state",
  passphrase: "passphrase",
  configuration: "configuration",
  records: "records",
} as const;

/** Path of the file with a stack's configuration in a backup. */
export const configurationPath = (stack: string) => `${paths.configuration}/Pulumi.${stack}.yaml`;

/** What a backup says of itself. */
export const backupSchema = z.strictObject({
  format: z.literal(1),
  /** When it was made, ISO. */
  made: z.iso.datetime(),
  host: z.string(),
  stack: z.string().regex(/^[A-Za-z0-9_.-]+$/),
  versions: z.strictObject({
    program: z.string(),
    /** Digest of the package that served; null on a host that packages are not brought to. */
    package: z.string().nullable(),
  }),
  warning: z.string(),
  /** Every other file, by its path in the backup. */
  files: z.record(z.string(), z.strictObject({ size: z.int().nonnegative(), sha256: z.string().length(64) })),
});

/** What a backup says of itself; see {@link backupSchema}. */
export type BackupManifest = Readonly<z.infer<typeof backupSchema>>;
