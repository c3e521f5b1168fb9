import { readKeyPair } from "../gateway/certificate.ts";
import { lifetime } from "../gateway/certificate-dates.ts";
import { doorConfig, type Certificate } from "../gateway/door-config.ts";
import { otherRules } from "../gateway/processes.ts";
import { rulesConfig } from "../gateway/rules-config.ts";
import type { RulesSettings } from "../gateway/rules-server.ts";
import { docker } from "../engine/docker.ts";
import { hasConfig, readActive, reload, setActive } from "../engine/gateway-admin.ts";
import { requireGateway } from "../gateway/probe.ts";
import { main, readInput } from "../support/main.ts";
import { say } from "../support/progress.ts";
import type { TlsMode, ConfigureGatewayInput } from "../components/gateway-configuration.ts";

/** Where Caddy puts the root certificate that it makes. */
const rootFile = 'cat "$XDG_DATA_HOME/caddy/pki/authorities/local/root.crt"';

await main(async () => {
  const { container, url, upstream, tls, clients, origins, maxRequests, ...door } =
    await readInput<ConfigureGatewayInput>();
  const certificate = await certificateOf(tls);
  await setRules(container, { clients, origins, maxRequests, hosts: door.hosts });
  // Before the door changes, as a reload of it ends the waiting of requests.
  await setActive(container, "upstream", upstream);
  await reload(container, "door", doorConfig({ ...door, tls: certificate }));
  await requireGateway(url);
  const names = clients.map(({ name }) => name).join(", ");
  say(`The gateway at ${url} sends the requests of ${names} to ${upstream}`);
  if (tls.mode === "internal") process.stdout.write(await docker("exec", container, "sh", "-c", rootFile));
});

/** Gives rules to the process that the door does not ask, and has the door ask it. */
async function setRules(container: string, settings: RulesSettings): Promise<void> {
  const asked = await readActive(container, "rules");
  const other = otherRules(asked);
  const current = otherRules(other);
  if (asked === current && (await hasConfig(container, current, rulesConfig(current, settings)))) return;
  await reload(container, other, rulesConfig(other, settings));
  await setActive(container, "rules", other);
}

async function certificateOf(tls: TlsMode): Promise<Certificate> {
  if (tls.mode !== "files") return { kind: tls.mode };
  const { ends, ...pair } = await readKeyPair(tls);
  say(`The certificate ${tls.certificate} ${lifetime(ends, new Date())}`);
  return { kind: "given", ...pair };
}
