import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect as connectHttp2, type IncomingHttpHeaders } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { certificateText } from "../../edge/certificate.ts";
import { startCommand } from "../../edge/layout.ts";
import { issue } from "../support/certificate.ts";
import { askingMeanwhile, EdgeClient, serverOf } from "../support/edge-client.ts";
import { edgeConfiguration, preparedVolume, startEdge, type EdgeChange, type TestEdge } from "../support/edge.ts";
import { haproxyImage } from "../support/fixtures.ts";
import { docker, run } from "../support/shell.ts";

/** How often each change is made while clients ask. */
const changes = Number(process.env["EDGE_CHANGES"] ?? 2);

const folder = mkdtempSync(join(tmpdir(), "gemma-edge-"));

function made(name: string): string {
  const { certificate, key } = issue(folder, { name });
  return certificateText(readFileSync(certificate, "utf8"), readFileSync(key, "utf8"));
}

const withTls = (certificate: string, settings = {}): EdgeChange => ({
  settings: { tls: true, ...settings },
  certificate,
});

let edge: TestEdge;
let client: EdgeClient;

beforeAll(async () => {
  edge = await startEdge(withTls(made("first")));
  client = new EdgeClient(edge.url, "web-token");
});

afterAll(async () => {
  client.close();
  await edge[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** Common name of the certificate that a new connection is shown, and the protocol that it has. */
async function shown(ALPNProtocols: string[], more = {}): Promise<[unknown, unknown]> {
  const socket: TLSSocket = connectTls({
    port: edge.port,
    host: "127.0.0.1",
    ALPNProtocols,
    rejectUnauthorized: false,
    ...more,
  });
  await once(socket, "secureConnect");
  const seen: [unknown, unknown] = [socket.getPeerCertificate().subject.CN, socket.alpnProtocol];
  socket.destroy();
  return seen;
}

describe("an edge with TLS", () => {
  it("speaks HTTP/1.1 and HTTP/2", async () => {
    expect(await shown(["h2", "http/1.1"])).toEqual(["first", "h2"]);
    expect(await shown(["http/1.1"])).toEqual(["first", "http/1.1"]);
    expect(serverOf(await client.send())).toBe(edge.servers[0]);
  });

  it("does not speak what is older than TLS 1.2", async () => {
    await expect(shown(["http/1.1"], { minVersion: "TLSv1", maxVersion: "TLSv1.1" })).rejects.toThrow();
  });

  it("answers many requests on one connection of HTTP/2, and keeps it", async () => {
    const session = connectHttp2(edge.url, { rejectUnauthorized: false });
    const ask = async (path: string) => {
      const stream = session.request({ ":method": "POST", ":path": path, authorization: "Bearer web-token" });
      stream.end("{}");
      stream.resume();
      const [headers] = (await once(stream, "response")) as [IncomingHttpHeaders & { ":status": number }];
      await once(stream, "end");
      return headers[":status"];
    };
    const statuses = await Promise.all(Array.from({ length: 50 }, () => ask("/api/chat")));
    expect([...new Set(statuses)]).toEqual([200]);
    expect(await ask("/api/pull")).toBe(403);
    expect(await ask("/api/chat/")).toBe(200);
    expect(session.closed).toBe(false);
    session.destroy();
  });

  it("shows another certificate from now on, and loses no request", async () => {
    const seen = await askingMeanwhile(
      16,
      async () => serverOf(await client.send()),
      async () => {
        for (let index = 1; index <= changes; index += 1) {
          await edge.configure(withTls(made(`renewed-${index}`)));
          expect(await shown(["h2"])).toEqual([`renewed-${index}`, "h2"]);
        }
      },
    );
    expect(Object.keys(seen)).toEqual([edge.servers[0]]);
  });

  it("keeps the one it has when another is none, and says so", async () => {
    const [before] = await shown(["h2"]);
    await expect(edge.configure(withTls("no certificate\n"))).rejects.toThrow(
      /^The gateway did not take "@!\d+ set ssl cert/,
    );
    expect((await shown(["h2"]))[0]).toBe(before);
  });

  it("loses no request while its static configuration changes, and shows the certificate still", async () => {
    const last = made("last");
    await edge.configure(withTls(last));
    const seen = await askingMeanwhile(
      16,
      async () => serverOf(await client.send()),
      async () => {
        for (let index = 1; index <= changes; index += 1) await edge.configure(withTls(last, { maxBody: 1 + index }));
      },
    );
    expect(Object.keys(seen)).toEqual([edge.servers[0]]);
    expect((await shown(["h2"]))[0]).toBe("last");
  });
});

describe("the configuration", () => {
  it.concurrent.each([
    ["in plain text", {}],
    [
      "with TLS, and without a server, a client, a name and an origin",
      { ...withTls(made("checked")), server: undefined, policy: { clients: [], hosts: [], origins: [] } },
    ],
  ] satisfies [string, EdgeChange][])("is one that HAProxy has nothing to say of, %s", async (_, change) => {
    await using volume = await preparedVolume(edgeConfiguration("localhost", change));
    const mount = ["-v", `${volume.name}:/var/lib/gateway`, "--user", "10002:10002", "--network", "none"];
    const { status, output } = await run("docker", [
      "run",
      "--rm",
      ...mount,
      haproxyImage,
      ...startCommand,
      "-c",
      "-q",
    ]);
    expect([status, output]).toEqual([0, ""]);
  });

  it("has certificates and tokens for the edge's own user alone", async () => {
    const list = await docker("exec", edge.container, "sh", "-c", "cd /var/lib/gateway && busybox ls -l *.pem *.map");
    for (const line of list.split("\n")) expect(line).toMatch(/^-rw------- +1 10002 +10002 /);
  });
});
