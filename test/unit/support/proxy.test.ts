import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { projectFolder } from "../../../support/project-folder.ts";
import { exceptThisHost } from "../../../support/proxy.ts";
import { run } from "../../support/shell.ts";
import { fakeServer } from "./fake-server.ts";

const here = "localhost,127.0.0.1,::1";

describe("exceptThisHost", () => {
  it.each([
    [{}, here],
    [{ no_proxy: "" }, here],
    [{ NO_PROXY: "example.org, .lan" }, `example.org,.lan,${here}`],
    [{ no_proxy: "a", NO_PROXY: "b a" }, `a,b,${here}`],
    [{ no_proxy: "127.0.0.1" }, "127.0.0.1,localhost,::1"],
  ])("makes of %j the list %s in both spellings", (environment, list) => {
    expect(exceptThisHost(environment)).toEqual({ no_proxy: list, NO_PROXY: list });
  });

  it("extends the list that Pulumi's SDK prefers, where there is one", () => {
    expect(exceptThisHost({ no_grpc_proxy: "a, b", no_proxy: "c" })).toEqual({
      no_proxy: `c,${here}`,
      NO_PROXY: `c,${here}`,
      no_grpc_proxy: `a,b,${here}`,
    });
  });
});

describe("a command on a host with a proxy", () => {
  /** A proxy that notes what it is asked for, and serves none of it. */
  async function startProxy(): Promise<{ url: string; asked: (string | undefined)[] }> {
    const asked: (string | undefined)[] = [];
    const server = createServer((_, answer) => answer.writeHead(503).end("proxy")).on("connect", ({ url }, socket) => {
      asked.push(url);
      socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
  }

  async function command(body: string, variables: Record<string, string>): Promise<string> {
    const script = `
      import { main } from ${JSON.stringify(join(projectFolder, "support/main.ts"))};
      import { requireGateway } from ${JSON.stringify(join(projectFolder, "gateway/probe.ts"))};
      await main(async () => { ${body} });`;
    const { PATH = "" } = process.env;
    const options = { env: { PATH, ...variables } };
    const { output } = await run(process.execPath, ["--use-env-proxy", "--input-type=module", "-e", script], options);
    return output;
  }

  const others = "example.org, 192.0.2.7";
  // 401, as the gateway's probe wants it.
  const direct = () => fakeServer(() => ({ status: 401, body: "direct" }));

  describe.each([
    ["HTTP_PROXY", {}],
    ["http_proxy", {}],
    ["http_proxy", { NO_PROXY: others }],
    ["HTTP_PROXY", { no_proxy: others }],
  ])("in %s, with %j", (variable, exceptions) => {
    it("fetches from loopback itself", async () => {
      const [{ url }, proxy] = [await direct(), await startProxy()];
      const print = `process.stdout.write(await (await fetch("${url}")).text())`;
      expect(await command(print, { [variable]: proxy.url, ...exceptions })).toBe("direct");
    });

    it("asks the gateway itself", async () => {
      const [{ url }, proxy] = [await direct(), await startProxy()];
      const ask = `await requireGateway("${url}"); process.stdout.write("asked")`;
      expect(await command(ask, { [variable]: proxy.url, ...exceptions })).toBe("asked");
    });
  });

  it("goes through the proxy to everything else", async () => {
    const { url, asked } = await startProxy();
    await command("await fetch('http://registry.invalid/')", { HTTP_PROXY: url });
    expect(asked).toEqual(["registry.invalid:80"]);
  });

  it("hands the list on to what it starts", async () => {
    const print =
      'const { execFileSync } = await import("node:child_process");' +
      'process.stdout.write(execFileSync("sh", ["-c", "echo $no_proxy $NO_PROXY"]))';
    expect(await command(print, { no_proxy: "a" })).toBe(`a,${here} a,${here}\n`);
  });
});
