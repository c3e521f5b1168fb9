/** What the monitoring looks at; all of it is reached by names on the networks of the stack. */
export interface Watched {
  /** Base URL of the gateway from its own network; undefined without a gateway. */
  readonly gateway: string | undefined;
  /** Models that are asked for a few tokens. */
  readonly models: readonly string[];
  /** Whether there is an exporter of GPUs. */
  readonly gpus: boolean;
  /** Whether there is a watcher. */
  readonly watcher: boolean;
}

/** Base URL of the server from its own network. */
export const serverUrl = "http://ollama:11434";

/** Where clients ask: the gateway, or the server itself. */
export function clientsUrl({ gateway }: Watched): string {
  return gateway ?? serverUrl;
}
