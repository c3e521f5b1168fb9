import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectFolder } from "../../../support/project-folder.ts";
import { exceptThisHost } from "../../../support/proxy.ts";
import { run } from "../../support/shell.ts";

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
});

describe("a command on a host with a proxy", () => {
  // 401, as the gateway's probe wants it.
  const server = createServer((_, answer) => answer.writeHead(401).end("direct"));
  const asked: (string | undefined)[] = [];
  const proxy = createServer((_, answer) => answer.writeHead(503).end("proxy")).on("connect", ({ url }, socket) => {
    asked.push(url);
    socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
  });
  const ports = { server: "", proxy: "" };

  beforeAll(async () => {
    for (const [name, one] of Object.entries({ server, proxy })) {
      one.listen(0, "127.0.0.1");
      await once(one, "listening");
      ports[name as "server" | "proxy"] = String((one.address() as AddressInfo).port);
    }
  });
  afterAll(() => {
    server.close();
    proxy.close();
  });

  async function command(body: string, variables: Record<string, string>): Promise<string> {
    const script = `
      import { main } from ${JSON.stringify(join(projectFolder, "support/main.ts"))};
      import { requireGateway } from ${JSON.stringify(join(projectFolder, "gateway/probe.ts"))};
      const url = "http://127.0.0.1:${ports.server}";
      await main(async () => { ${body} });`;
    const { PATH = "" } = process.env;
    const options = { env: { PATH, ...variables } };
    const { output } = await run(process.execPath, ["--use-env-proxy", "--input-type=module", "-e", script], options);
    return output;
  }

  const blank = "example.org, 192.0.2.7";
  const proxies = () => {
    const url = `http://127.0.0.1:${ports.proxy}`;
    return [
      { HTTP_PROXY: url },
      { http_proxy: url },
      { http_proxy: url, NO_PROXY: blank },
      { HTTP_PROXY: url, no_proxy: blank },
    ];
  };

  it.each([0, 1, 2, 3])("fetches from loopback itself (%d)", async (index) => {
    const print = "process.stdout.write(await (await fetch(url)).text())";
    expect(await command(print, proxies()[index] ?? {})).toBe("direct");
  });

  it.each([0, 1, 2, 3])("asks the gateway itself (%d)", async (index) => {
    const ask = 'await requireGateway(url); process.stdout.write("asked")';
    expect(await command(ask, proxies()[index] ?? {})).toBe("asked");
  });

  it("goes through the proxy to everything else", async () => {
    await command("await fetch('http://registry.invalid/')", proxies()[0] ?? {});
    expect(asked).toEqual(["registry.invalid:80"]);
  });

  it("hands the list on to what it starts", async () => {
    const print =
      'const { execFileSync } = await import("node:child_process");' +
      'process.stdout.write(execFileSync("sh", ["-c", "echo $no_proxy $NO_PROXY"]))';
    expect(await command(print, { no_proxy: "a" })).toBe(`a,${here} a,${here}\n`);
  });
});
