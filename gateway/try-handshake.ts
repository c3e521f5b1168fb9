import type { X509Certificate } from "node:crypto";
import { duplexPair } from "node:stream";
import { TLSSocket, connect, createSecureContext } from "node:tls";
import { reasonOf } from "../support/failure.ts";

/** Those are judged by the dates themselves: that of a root is nobody's concern. */
const aboutDates = ["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"];

/**
 * Why a client does not take a chain whose last certificate it trusts, undefined when it does.
 *
 * The two speak with each other in memory. OpenSSL knows more rules than can be written down here: path lengths, name constraints, critical extensions.
 */
export async function refusalOf(links: readonly X509Certificate[], key: string): Promise<string | undefined> {
  const pems = links.map((link) => link.toString());
  const [near, far] = duplexPair();
  try {
    const server = new TLSSocket(near, {
      isServer: true,
      secureContext: createSecureContext({ cert: pems.join(""), key }),
    });
    server.on("error", () => undefined);
    const client = connect({
      socket: far,
      ca: pems.slice(-1),
      allowPartialTrustChain: true,
      checkServerIdentity: () => undefined,
    });
    await new Promise((resolve, reject) => client.once("secureConnect", resolve).once("error", reject));
    return undefined;
  } catch (error) {
    return aboutDates.includes((error as NodeJS.ErrnoException).code ?? "") ? undefined : reasonOf(error);
  } finally {
    near.destroy();
    far.destroy();
  }
}
