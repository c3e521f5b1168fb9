import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect, type DetailedPeerCertificate } from "node:tls";
import type { Links } from "./certificate-chain.ts";

/** The certificate that a gateway shows to a client that names no host, and its chain as far as it was sent or is known here. */
export async function shownCertificate(url: string): Promise<Links> {
  const { hostname, port } = new URL(url);
  // Whose it is, is what is to be found out.
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port), rejectUnauthorized: false });
  socket.setTimeout(10_000, () => socket.destroy(new Error("no answer within 10 s")));
  try {
    await once(socket, "secureConnect");
    let link: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
    const chain: [X509Certificate, ...X509Certificate[]] = [new X509Certificate(link.raw)];
    // Whoever signed itself is its own issuer; of one whose issuer is not known there is none.
    while ((link = issuerOf(link)) !== undefined) chain.push(new X509Certificate(link.raw));
    return chain;
  } finally {
    socket.destroy();
  }
}

function issuerOf({ issuerCertificate, fingerprint256 }: DetailedPeerCertificate): DetailedPeerCertificate | undefined {
  const issuer = issuerCertificate as DetailedPeerCertificate | undefined;
  return issuer?.fingerprint256 === fingerprint256 ? undefined : issuer;
}
