import { fakeServer, type Asked, type FakeServer, type Reply } from "./fake-server.ts";
import { testModel } from "./model.ts";

const manifestType = "application/vnd.docker.distribution.manifest.v2+json";
const repository = "/v2/library/gemma3n/";

/** Answers as a registry with the test model does; blobs from any offset on. */
export function registryReply({ path, headers }: Asked): Reply {
  if (path === `${repository}manifests/e4b`) {
    const type = { "content-type": manifestType, "docker-content-digest": testModel.digest };
    return { headers: { ...type, "x-other": "1" }, body: testModel.text };
  }
  const content = testModel.content[path.replace(`${repository}blobs/`, "")];
  if (content === undefined) return { status: 404 };
  const offset = Number(/^bytes=(\d+)-/.exec(headers.range ?? "")?.[1] ?? 0);
  if (headers.range === undefined) return { headers: { "content-length": String(content.length) }, body: content };
  const range = `bytes ${offset}-${content.length - 1}/${content.length}`;
  return { status: 206, headers: { "content-range": range }, body: content.subarray(offset) };
}

/** Starts a registry on loopback with the test model; `change` replaces some of its answers. */
export function fakeRegistry(change: (asked: Asked) => Reply | undefined = () => undefined): Promise<FakeServer> {
  return fakeServer((asked) => change(asked) ?? registryReply(asked));
}

/** The requests a registry got, as `METHOD path` with the range that was asked for. */
export function requestLines({ asked }: FakeServer): string[] {
  return asked.map(({ method, path, headers }) => [method, path, headers.range].filter(Boolean).join(" "));
}
