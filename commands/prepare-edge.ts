import { edgeFiles } from "../edge/configuration.ts";
import { findEarlierGateway, finishEarlierGateway } from "../engine/earlier-gateway.ts";
import { checkFiles } from "../engine/edge-files.ts";
import { fillVolume } from "../engine/edge-volume.ts";
import { edgeCertificate } from "../engine/edge-certificate.ts";
import { main, readInput } from "../support/main.ts";
import type { PrepareEdgeInput } from "../components/edge-container.ts";

await main(async () => {
  const { volume, image, network, settings, policy, tls, drainTimeout } = await readInput<PrepareEdgeInput>();
  // Requests wait until it is told of a server.
  const files = edgeFiles({ settings, policy, server: undefined, certificate: await edgeCertificate(tls) });
  const brought = await fillVolume({ volume, image }, files);
  process.stdout.write(
    brought.length === 0 ? `The volume ${volume} has all files\n` : `The volume ${volume} got ${brought.join(", ")}\n`,
  );
  // Before the container of now goes.
  await checkFiles(image, volume);
  const earlier = await findEarlierGateway(network);
  if (earlier !== undefined) await finishEarlierGateway(earlier, drainTimeout);
});
