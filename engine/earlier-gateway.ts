import type { Issued } from "../edge/issued.ts";
import { ollamaPort } from "../ollama/server.ts";
import { say } from "../support/progress.ts";
import { sendText, tryDocker } from "./docker.ts";
import { finishAnswers, holding } from "./finish-answers.ts";
import { openConnections } from "./open-connections.ts";

/** Files of a gateway of an earlier version, which was Caddy: where the server is, and its own certificate authority. */
const upstreamFile = "/var/lib/gateway/upstream";
const authorityFolder = "/var/lib/gateway/data/caddy/pki/authorities/local";

/** What that gateway takes for a server to which requests do not go, but wait. */
const nobody = "unix//run/gateway/nobody.sock";

/** Looks in a row that have to find nothing. */
const quietLooks = 3;

/** A gateway of an earlier version, and a server behind it. */
export interface EarlierGateway {
  /** The gateway's container. */
  readonly gateway: string;
  /** The server's container. */
  readonly server: string;
  /** `host:port` by which the gateway knows the server. */
  readonly upstream: string;
}

/** The `host:port` to which a gateway of an earlier version sends requests; undefined for any other container, and for one that does not run. */
export async function earlierUpstream(gateway: string): Promise<string | undefined> {
  return readFile(gateway, upstreamFile);
}

/** The gateway of an earlier version that runs on a network, and its server; undefined where there is none. */
export async function findEarlierGateway(network: string): Promise<EarlierGateway | undefined> {
  const list = await tryDocker("ps", "--quiet", "--no-trunc", "--filter", `network=${network}`);
  for (const gateway of (list ?? "").split("\n").filter(Boolean)) {
    const upstream = await earlierUpstream(gateway);
    if (upstream !== undefined) return { gateway, server: upstream.split(":")[0] ?? "", upstream };
  }
  return undefined;
}

/**
 * Lets the server behind a gateway of an earlier version finish its answers, and has the gateway hold requests that would
 * still go there.
 * @param seconds - how long that may take
 */
export async function finishEarlierGateway(
  { gateway, server, upstream }: EarlierGateway,
  seconds: number,
): Promise<void> {
  if ((await earlierUpstream(gateway)) === upstream) {
    say(holding);
    await sendText(["exec", "-i", gateway, "sh", "-c", 'cat > "$0.new" && mv "$0.new" "$0"', upstreamFile], nobody);
  }
  await finishAnswers(quietLook(server), seconds);
}

/** Certificate and key, as PEM, of the authority that a gateway of an earlier version has made; undefined where it has none. */
export async function earlierAuthority(gateway: string): Promise<Issued | undefined> {
  const certificate = await readFile(gateway, `${authorityFolder}/root.crt`);
  const key = await readFile(gateway, `${authorityFolder}/root.key`);
  return certificate === undefined || key === undefined ? undefined : { certificate, key };
}

async function readFile(container: string, path: string): Promise<string | undefined> {
  return tryDocker("exec", container, "cat", path);
}

/** Looks at a server's connections, of which there have to be none several times in a row. */
function quietLook(server: string): () => Promise<boolean> {
  let quiet = 0;
  return async () => {
    const tables = await tryDocker("exec", server, "cat", "/proc/net/tcp", "/proc/net/tcp6");
    // One that does not run answers nobody.
    if (tables === undefined) return true;
    quiet = openConnections(tables, ollamaPort) === 0 ? quiet + 1 : 0;
    return quiet === quietLooks;
  };
}
