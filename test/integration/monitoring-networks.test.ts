import { afterEach, expect, it } from "vitest";
import { prometheusImage } from "../support/monitored-stack.ts";
import { docker } from "../support/shell.ts";
import { uniqueName } from "../support/unique-name.ts";

const made: (readonly [string, ...string[]])[] = [];

afterEach(async () => {
  for (const command of made.splice(0).toReversed()) await docker(...command);
});

/** Makes a network as the monitoring does, and tells its name and its gateway. */
async function network(name: string, ...options: string[]) {
  const unique = uniqueName(name);
  await docker("network", "create", ...options, unique);
  made.push(["network", "rm", unique]);
  return [
    unique,
    await docker("network", "inspect", "--format", "{{(index .IPAM.Config 0).Gateway}}", unique),
  ] as const;
}

/** An address as `/proc/net/route` has it. */
function hexadecimal(address: string): string {
  const bytes = address.split(".").map((byte) => Number(byte).toString(16).padStart(2, "0"));
  return bytes.toReversed().join("").toUpperCase();
}

it("has Alertmanager go out by the network for alerts, which it joins second", async () => {
  const closed = ["--opt", "com.docker.network.bridge.enable_ip_masquerade=false"];
  const [monitoring] = await network("monitoring-network", ...closed);
  const [alerts, gateway] = await network("alerts-network");
  const options = ["--network", monitoring, "--entrypoint", "sh", prometheusImage, "-c", "sleep 60"];
  const container = await docker("create", ...options);
  made.push(["rm", "--force", container]);
  await docker("network", "connect", alerts, container);
  await docker("start", container);
  const routes = await docker("exec", container, "cat", "/proc/net/route");
  const ways = routes.split("\n").map((line) => line.split("\t"));
  expect(ways.filter(([, to]) => to === "00000000").map(([, , by]) => by)).toEqual([hexadecimal(gateway)]);
});
