import { caddyConfig, type Certificate, type GatewaySettings } from "../gateway/caddy-config.ts";
import { expiryNote, readKeyPair } from "../gateway/certificate.ts";
import { docker } from "./support/docker.ts";
import { reload } from "./support/gateway-admin.ts";
import { requireGateway } from "./support/gateway-answer.ts";
import { main, readInput } from "./support/main.ts";
import { say } from "./support/progress.ts";

/** How the gateway proves who it is, in the words of the configuration. */
export type TlsMode =
  | { readonly mode: "none" }
  | { readonly mode: "internal" }
  | {
      readonly mode: "files";
      readonly certificate: string;
      readonly key: string;
      /** Only so that another certificate is another input. */
      readonly fingerprint: string | null;
    };

/** What {@link Traffic} sends. */
export interface ConfigureGatewayInput extends Omit<GatewaySettings, "tls" | "upstream"> {
  /** ID of the gateway's container. */
  readonly container: string;
  /** URL under which the gateway is published. */
  readonly url: string;
  /** `host:port` of the server. */
  readonly upstream: string;
  readonly tls: TlsMode;
}

/** Where Caddy puts the root certificate that it makes. */
const rootFile = 'cat "$XDG_DATA_HOME/caddy/pki/authorities/local/root.crt"';

await main(async () => {
  const { container, url, tls, ...settings } = await readInput<ConfigureGatewayInput>();
  await reload(container, caddyConfig({ ...settings, tls: await certificateOf(tls) }));
  await requireGateway(url);
  const names = settings.clients.map(({ name }) => name).join(", ");
  say(`The gateway at ${url} sends the requests of ${names} to ${settings.upstream}`);
  if (tls.mode === "internal") process.stdout.write(await docker("exec", container, "sh", "-c", rootFile));
});

async function certificateOf(tls: TlsMode): Promise<Certificate> {
  if (tls.mode !== "files") return { kind: tls.mode };
  const { certificate, key, ends } = await readKeyPair(tls);
  const { text, warning } = expiryNote(tls.certificate, ends);
  say(warning ? `WARNING: ${text}` : text);
  return { kind: "given", certificate, key };
}
