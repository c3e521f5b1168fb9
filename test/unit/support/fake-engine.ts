import { createServer } from "node:http";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { tempFolder } from "./temp-folder.ts";

/**
 * Starts an engine that only tells what it is, for as long as the running test; tells its endpoint.
 * @param more - what it answers beside that, by path
 */
export function fakeEngine(
  id = "engine-1",
  root = "/var/lib/docker",
  more: Readonly<Record<string, object>> = {},
): string {
  const answers: Readonly<Record<string, object>> = {
    "/info": {
      ID: id,
      DockerRootDir: root,
      ServerVersion: "28.2.2",
      OperatingSystem: "Linux",
      NCPU: 4,
      MemTotal: 32 * 1024 ** 3,
      CgroupVersion: "2",
    },
    "/version": { Components: [{ Name: "Engine" }] },
    ...more,
  };
  const server = createServer(({ url = "" }, answer) => {
    answer.writeHead(url in answers ? 200 : 404).end(JSON.stringify(answers[url] ?? {}));
  });
  const socket = join(tempFolder(), "engine.sock");
  server.listen(socket);
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `unix://${socket}`;
}
