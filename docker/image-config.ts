/** The settings of an image that its containers inherit, as `docker image inspect` shows them. */
export interface ImageConfig {
  readonly Env?: readonly string[] | null;
  readonly Entrypoint?: readonly string[] | null;
  readonly Cmd?: readonly string[] | null;
  readonly WorkingDir?: string;
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, unknown>> | null;
  readonly Volumes?: Readonly<Record<string, unknown>> | null;
  readonly StopSignal?: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly Shell?: readonly string[] | null;
  readonly Healthcheck?: unknown;
}

/** Quotes a value for ENV and LABEL, which expand variables and take backslashes. */
function quoted(value: string): string {
  return `"${value.replaceAll(/[\\"$]/g, "\\$&")}"`;
}

function assignment(entry: string): string {
  const [name = "", ...value] = entry.split("=");
  return `${name}=${quoted(value.join("="))}`;
}

/**
 * Dockerfile instructions that give an image built `FROM scratch` the settings of its base, and labels of its own.
 *
 * The base's health check is left out: containers get theirs from the program.
 */
export function configInstructions(base: ImageConfig, labels: Readonly<Record<string, string>>): string {
  const lines = [
    ...(base.Env ?? []).map((entry) => `ENV ${assignment(entry)}`),
    ...Object.keys(base.ExposedPorts ?? {}).map((port) => `EXPOSE ${port}`),
    ...(base.User ? [`USER ${base.User}`] : []),
    ...(base.WorkingDir ? [`WORKDIR ${base.WorkingDir}`] : []),
    ...Object.keys(base.Volumes ?? {}).map((path) => `VOLUME ${JSON.stringify([path])}`),
    ...(base.StopSignal ? [`STOPSIGNAL ${base.StopSignal}`] : []),
    ...(base.Shell ? [`SHELL ${JSON.stringify(base.Shell)}`] : []),
    ...(base.Entrypoint ? [`ENTRYPOINT ${JSON.stringify(base.Entrypoint)}`] : []),
    ...(base.Cmd ? [`CMD ${JSON.stringify(base.Cmd)}`] : []),
    ...Object.entries({ ...base.Labels, ...labels }).map(([name, value]) => `LABEL ${quoted(name)}=${quoted(value)}`),
  ];
  return `${lines.join("\n")}\n`;
}
