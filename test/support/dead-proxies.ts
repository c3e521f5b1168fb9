import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";

/** Settings of a host whose proxies lead nowhere, in every spelling, and in those that the docker CLI hands on to containers. */
export async function deadProxies(): Promise<NodeJS.ProcessEnv> {
  const proxy = `http://127.0.0.1:${await freePort()}`;
  const folder = await mkdtemp(join(tmpdir(), "gemma-docker-config-"));
  const proxies = { default: { httpProxy: proxy, httpsProxy: proxy, noProxy: "192.0.2.1, 192.0.2.2" } };
  await writeFile(join(folder, "config.json"), JSON.stringify({ proxies }));
  const names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].flatMap((name) => [name, name.toLowerCase()]);
  return {
    ...Object.fromEntries(names.map((name) => [name, proxy])),
    // A blank, which some programs take for a part of the name.
    no_proxy: "192.0.2.1, 192.0.2.2",
    DOCKER_CONFIG: folder,
  };
}
