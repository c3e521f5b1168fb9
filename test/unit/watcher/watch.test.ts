import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { Figures } from "../../../watcher/figures.ts";
import { Watch } from "../../../watcher/watch.ts";

it("tells once that it sees no process of a server that answers", async () => {
  const server = createServer((request, response) => {
    response.end(request.url === "/api/version" ? '{"version":"0.33.3"}' : '{"models":[]}');
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const lines: object[] = [];
  const settings = {
    server: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    usher: null,
    containers: [{ name: "server", id: "0".repeat(64) }],
    models: [],
    gpu: false,
    startsAgain: true,
    interval: 1,
    generationInterval: 60,
    timeout: 60,
    maxActions: 3,
  };
  const watch = new Watch(settings, new Figures(), (line) => lines.push(line));
  await watch.look();
  await watch.look();
  const reason = expect.stringMatching(/^the server answers, and none of its processes is to be seen/) as string;
  expect(lines).toEqual([{ event: "blind", reason }]);
  server.closeAllConnections();
  server.close();
  await once(server, "close");
  await watch.look();
  expect(lines.slice(1)).toMatchObject([{ event: "noticed" }, { event: "acted", action: "none" }]);
});
