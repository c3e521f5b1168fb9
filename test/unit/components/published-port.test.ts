import * as docker from "@pulumi/docker";
import { describe, expect, it } from "vitest";
import { portArgs, publishedUrl } from "../../../components/published-port.ts";
import { declare, valueOf } from "../support/pulumi-mocks.ts";

describe("the port of a container", () => {
  it.each([
    ["127.0.0.1", 11434, { internal: 8080, ip: "127.0.0.1", external: 11434 }],
    ["::", 1, { internal: 8080, ip: "::", external: 1 }],
    ["127.0.0.1", 0, { internal: 8080, ip: "127.0.0.1" }],
  ])("is published on %s port %d as %j", (address, port, published) => {
    expect(portArgs({ address, port }, 8080)).toEqual({ ports: [published] });
  });

  it.each([
    ["http", "127.0.0.1", 8080, "http://127.0.0.1:8080"],
    ["https", "127.0.0.1", 8443, "https://127.0.0.1:8443"],
    ["https", "127.0.0.1", 0, "https://127.0.0.1:49153"],
    ["http", "192.0.2.7", 8080, "http://192.0.2.7:8080"],
    ["https", "0.0.0.0", 8443, "https://127.0.0.1:8443"],
    ["https", "::", 8443, "https://[::1]:8443"],
    ["https", "fd00::7", 8443, "https://[fd00::7]:8443"],
  ] as const)("is reached by %s, published on %s port %d, at %s", async (scheme, address, port, url) => {
    const { result } = await declare((options) =>
      publishedUrl(
        scheme,
        address,
        new docker.Container("c", { image: "sha256:image", ...portArgs({ address, port }, 8080) }, options),
      ),
    );
    expect(await valueOf(result)).toBe(url);
  });

  it("is told as 0 where none is published", async () => {
    const { result } = await declare((options) =>
      publishedUrl("http", "127.0.0.1", new docker.Container("c", { image: "sha256:image" }, options)),
    );
    expect(await valueOf(result)).toBe("http://127.0.0.1:0");
  });
});
