import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { reconnect } from "../../../runner/lost-networks.ts";
import { fakePrograms } from "../support/fake-program.ts";
import { writtenTo } from "../support/said.ts";
import { tempFolder } from "../support/temp-folder.ts";

const [server, gateway] = ["1", "2"].map((digit) => digit.repeat(64)) as [string, string];
const container = (id: string, ...networksAdvanced: object[]) => ({
  type: "docker:index/container:Container",
  id,
  inputs: { networksAdvanced },
});
const resources = [
  container(server, { name: "server-network", aliases: ["ollama"] }),
  container(gateway, { name: "gateway-network" }, { name: "server-network" }),
];

/** An engine with containers on these networks, in which the server's network is; tells what it was asked to do. */
function engine(networks: Readonly<Record<string, readonly string[]>>): () => string {
  const texts = Object.entries(networks).map(([id, names]) => [
    id,
    JSON.stringify(Object.fromEntries(names.map((name) => [name, {}]))),
  ]);
  const folder = tempFolder(Object.fromEntries([...texts, ["calls", ""]]) as Record<string, string>);
  fakePrograms({
    docker: [
      `cd '${folder}'`,
      'case "$1 $2" in',
      '"container inspect") cat "$5" ;;',
      '"network inspect") [ "$3" = server-network ] ;;',
      '"network connect" | "restart --time") echo "$*" >>calls ;;',
      "*) exit 1 ;;",
      "esac",
    ].join("\n"),
  });
  return () => readFileSync(join(folder, "calls"), "utf8");
}

it("puts containers back on their networks, by the names that others know, and starts anew who asks across", async () => {
  const said = writtenTo("stderr");
  const calls = engine({ [server]: [], [gateway]: ["gateway-network"] });
  await reconnect({ resources });
  expect(calls()).toBe(
    [
      `network connect --alias ollama server-network ${server}`,
      `network connect server-network ${gateway}`,
      `restart --time 1 ${gateway}`,
      "",
    ].join("\n"),
  );
  expect(said).toEqual([
    "Putting the container 111111111111 back on its network server-network, which it was taken off\n",
    "Putting the container 222222222222 back on its network server-network, which it was taken off\n",
  ]);
});

it.each([
  [
    "containers are where they belong",
    { [server]: ["server-network"], [gateway]: ["gateway-network", "server-network"] },
  ],
  ["containers are gone", {}],
  ["a network is gone", { [server]: ["server-network"], [gateway]: ["server-network"] }],
])("leaves to Pulumi what is left where %s", async (_, networks) => {
  const said = writtenTo("stderr");
  const calls = engine(networks);
  await reconnect({ resources });
  expect([calls(), said]).toEqual(["", []]);
});
