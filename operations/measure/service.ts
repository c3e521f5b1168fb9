import { request as requestHttp, Agent as HttpAgent, type IncomingMessage } from "node:http";
import { request as requestHttps, Agent as HttpsAgent } from "node:https";
import { checkServerIdentity } from "node:tls";
import { Failure, reasonOf } from "../../support/failure.ts";

/** Where requests go, and how whoever answers there proves who it is. */
export interface Service {
  /** Base URL. */
  readonly url: string;
  /** Sent with every request that does not leave it out; undefined where none is asked for. */
  readonly token?: string | undefined;
  readonly tls?: {
    /** Certificates that are trusted, PEM. */
    readonly trusted: string;
    /** The name that the certificate has to have. */
    readonly name: string;
  };
}

/** One request. */
export interface Asked {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly body?: Buffer | string | undefined;
  /** Type of the body; JSON by default. */
  readonly type?: string | undefined;
  /** Whether it goes without the token. */
  readonly anonymous?: boolean | undefined;
}

// Agents of their own, because the global ones go through HTTP_PROXY; a connection for each request, as none is then lost to a closed one.
const agents = { "http:": new HttpAgent(), "https:": new HttpsAgent({ maxCachedSessions: 0 }) };

/**
 * Sends a request and waits for the head of its answer, however long that takes.
 * @throws Failure that names the address, or the signal's own reason
 */
export function send(service: Service, asked: Asked, signal?: AbortSignal): Promise<IncomingMessage> {
  const url = new URL(asked.path, service.url);
  const { body = "", type = "application/json", method } = asked;
  const authorization = service.token !== undefined && asked.anonymous !== true;
  const headers = {
    ...(method === "GET" ? {} : { "content-type": type, "content-length": Buffer.byteLength(body) }),
    ...(authorization ? { authorization: `Bearer ${service.token}` } : {}),
  };
  const options = { method, headers, ...(signal && { signal }) };
  return new Promise((resolve, reject) => {
    const sent =
      url.protocol === "https:"
        ? requestHttps(url, { ...options, ...tlsOptions(service), agent: agents["https:"] }, resolve)
        : requestHttp(url, { ...options, agent: agents["http:"] }, resolve);
    sent.on("error", (error) => {
      reject(signal?.aborted ? (signal.reason as Error) : new Failure(`${url.href}: ${reasonOf(error)}`));
    });
    sent.end(method === "GET" ? undefined : body);
  });
}

function tlsOptions({ tls }: Service) {
  if (tls === undefined) return {};
  const { trusted, name } = tls;
  return {
    ca: trusted,
    // The file of the organisation's certificate need not have its root.
    allowPartialTrustChain: true,
    ...(/^[\d.]+$|:/.test(name) ? {} : { servername: name }),
    checkServerIdentity: (_: string, certificate: Parameters<typeof checkServerIdentity>[1]) =>
      checkServerIdentity(name, certificate),
  };
}
