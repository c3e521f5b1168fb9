import { once } from "node:events";
import { createServer } from "node:net";
import { exitStatus } from "./exit-status.ts";
import { Failure } from "./failure.ts";
import { sha256 } from "./hashing.ts";

/**
 * Holds a name on this machine until it is disposed of, or the process has ended in whatever way.
 * @throws Failure when another process holds it
 */
export async function onlyOne(name: string, busy: string): Promise<Disposable> {
  // An abstract socket: the kernel forgets it with its process, and nothing lies about in a folder.
  const server = createServer((socket) => socket.destroy()).listen(`\0gemma-${sha256(name)}`);
  await once(server, "listening").catch(() => {
    throw new Failure(busy, exitStatus.busy);
  });
  server.unref();
  return {
    [Symbol.dispose]() {
      server.close();
    },
  };
}
