import { configureEdge } from "../engine/edge-admin.ts";
import { edgeCertificate } from "../engine/edge-certificate.ts";
import { requireGateway } from "../gateway/probe.ts";
import { main, readInput } from "../support/main.ts";
import { say } from "../support/progress.ts";
import type { ConfigureEdgeInput } from "../components/edge-configuration.ts";

await main(async () => {
  const { container, url, settings, policy, server, tls } = await readInput<ConfigureEdgeInput>();
  await configureEdge(container, { settings, policy, server, certificate: await edgeCertificate(tls) });
  // One that has just started listens in a moment.
  await requireGateway(url, 30);
  const names = policy.clients.map(({ name }) => name).join(", ");
  say(`The gateway at ${url} sends the requests of ${names} to ${server.usher}`);
});
