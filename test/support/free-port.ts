import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

// Below the ports that Linux gives to whoever asks for none (`net.ipv4.ip_local_port_range`), so that what runs beside
// a test cannot get its port between this and its use.
const first = 20_000;
const last = 32_767;

/** A port on loopback that nothing listens on, and that nothing gets by chance. */
export async function freePort(): Promise<number> {
  const port = randomInt(first, last + 1);
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return freePort();
    throw error;
  }
  server.close();
  await once(server, "close");
  return port;
}
