import { createServer, type Server } from "node:http";
import { afterEach, expect, it } from "vitest";
import { requireGateway } from "../../../gateway/probe.ts";
import { freePort } from "../../support/free-port.ts";

let server: Server | undefined;

afterEach(() => {
  server?.close();
});

async function listen(port: number, status: number): Promise<void> {
  server = createServer((_, response) => response.writeHead(status).end());
  await new Promise<void>((resolve) => server?.listen(port, "127.0.0.1", resolve));
}

it("takes a gateway that asks for a token", async () => {
  const port = await freePort();
  await listen(port, 401);
  await expect(requireGateway(`http://127.0.0.1:${port}`)).resolves.toBeUndefined();
});

it("waits for one that does not answer yet", async () => {
  const port = await freePort();
  const asked = requireGateway(`http://127.0.0.1:${port}`, 20);
  await listen(port, 401);
  await expect(asked).resolves.toBeUndefined();
});

it("says at once that nobody answers, where it has no time to wait", async () => {
  const port = await freePort();
  await expect(requireGateway(`http://127.0.0.1:${port}`)).rejects.toThrow(
    `The gateway does not answer at http://127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}`,
  );
});

it("does not take somebody else for the gateway", async () => {
  const port = await freePort();
  await listen(port, 200);
  await expect(requireGateway(`http://127.0.0.1:${port}`, 20)).rejects.toThrow(
    `The gateway at http://127.0.0.1:${port} answers a request without a token with 200, not 401`,
  );
});
