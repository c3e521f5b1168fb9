import { describe, expect, it } from "vitest";
import { joinedConfig, type ImageConfig, type Surroundings } from "../../../docker/image-config.ts";

const addition: Surroundings = {
  below: [{ digest: "sha256:weights", what: "the model's weights" }],
  above: [{ digest: "sha256:notices", what: "licence texts and notice" }],
  labels: { "org.opencontainers.image.version": "0123", added: "1" },
};

const settings = {
  Hostname: "",
  User: "1000:1000",
  AttachStdin: false,
  ExposedPorts: { "11434/tcp": {}, "53/udp": {} },
  Env: ["PATH=/usr/bin:/bin", "OLLAMA_HOST=0.0.0.0:11434", "EMPTY=", 'TRICKY=a "quoted" $HOME \\ value'],
  Cmd: ["serve", 'a "b"'],
  ArgsEscaped: true,
  Volumes: { "/root/.ollama": {}, "/var/cache": {} },
  WorkingDir: "/srv",
  Entrypoint: ["/bin/ollama"],
  OnBuild: null,
  StopSignal: "SIGINT",
  StopTimeout: 10,
  Shell: ["/bin/bash", "-c"],
};

const described = {
  architecture: "amd64",
  variant: "v3",
  os: "linux",
  "os.features": ["x"],
  author: "Ollama",
  docker_version: "28.0.0",
  "moby.buildkit.buildinfo.v1": "e30=",
};

const created = "2026-07-15T20:15:00.123456789Z";
const rootfs = { type: "layers", diff_ids: ["sha256:one", "sha256:two"] };
const history = [
  { created: "2026-01-01T00:00:00Z", created_by: "ADD", comment: "buildkit", author: "Ollama" },
  { created: "2026-02-01T00:00:00Z", created_by: "ENV", empty_layer: true },
  { created, created_by: "COPY" },
] as const;

const base = {
  ...described,
  created,
  config: { ...settings, Labels: { "org.opencontainers.image.version": "24.04", kept: "base" } },
  rootfs,
  history,
};

const assembled = (config: ImageConfig) => JSON.parse(joinedConfig(config, addition)) as Record<string, unknown>;

describe("joinedConfig with a layer below and one above", () => {
  it("keeps every setting of the base, merges labels, and puts the layers and their history around the base's", () => {
    expect(assembled(base)).toEqual({
      ...described,
      created,
      config: { ...settings, Labels: { "org.opencontainers.image.version": "0123", kept: "base", added: "1" } },
      rootfs: { type: "layers", diff_ids: ["sha256:weights", "sha256:one", "sha256:two", "sha256:notices"] },
      history: [
        { created, created_by: "the model's weights" },
        ...history,
        { created, created_by: "licence texts and notice" },
      ],
    });
  });

  it("drops the health check and the builder's own container, and nothing else", () => {
    const Healthcheck = { Test: ["CMD", "true"] };
    const builder = { container: "0123", container_config: { Cmd: ["/bin/sh"] } };
    expect(assembled({ ...base, ...builder, config: { ...base.config, Healthcheck } } as ImageConfig)).toEqual(
      assembled(base),
    );
  });

  it("is this text, whose sha256 is the image's ID", () => {
    const small = {
      os: "linux",
      rootfs,
      created,
      config: { Env: ["A=1"], Cmd: null, Labels: null },
      architecture: "arm64",
      history,
    };
    expect(joinedConfig(small, addition)).toBe(
      `{"os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:weights","sha256:one","sha256:two","sha256:notices"]},` +
        `"created":"${created}",` +
        `"config":{"Env":["A=1"],"Cmd":null,"Labels":{"org.opencontainers.image.version":"0123","added":"1"}},` +
        `"architecture":"arm64",` +
        `"history":[{"created":"${created}","created_by":"the model's weights"},` +
        `{"created":"2026-01-01T00:00:00Z","created_by":"ADD","comment":"buildkit","author":"Ollama"},` +
        `{"created":"2026-02-01T00:00:00Z","created_by":"ENV","empty_layer":true},` +
        `{"created":"${created}","created_by":"COPY"},` +
        `{"created":"${created}","created_by":"licence texts and notice"}]}`,
    );
  });

  it("is the same text for the same base that was read again, and in whatever order the addition is given", () => {
    const { labels, above, below } = addition;
    const again = JSON.parse(JSON.stringify(base)) as ImageConfig;
    expect(joinedConfig(again, { labels, above, below })).toBe(joinedConfig(base, addition));
  });

  it.each([
    ["below", [{ digest: "sha256:other", what: "the model's weights" }]],
    ["above", [{ digest: "sha256:other", what: "licence texts and notice" }]],
    ["labels", { added: "2" }],
  ])("is another text with other %s", (key, value) => {
    expect(joinedConfig(base, { ...addition, [key]: value })).not.toBe(joinedConfig(base, addition));
  });

  it.each<[string, ImageConfig]>([
    ["no configuration", { rootfs }],
    ["an empty one", { rootfs, config: {} }],
    ["null labels", { rootfs, config: { Labels: null } }],
  ])("has the labels alone for a base with %s", (_, config) => {
    expect(assembled(config)["config"]).toEqual({ Labels: addition.labels });
  });

  it("is from 1970 when the base has no time, and its new history with it", () => {
    expect(assembled({ rootfs: { type: "layers", diff_ids: [] }, history: [] })).toEqual({
      created: "1970-01-01T00:00:00Z",
      config: { Labels: addition.labels },
      rootfs: { type: "layers", diff_ids: ["sha256:weights", "sha256:notices"] },
      history: [
        { created: "1970-01-01T00:00:00Z", created_by: "the model's weights" },
        { created: "1970-01-01T00:00:00Z", created_by: "licence texts and notice" },
      ],
    });
  });

  it("has no history for a base that has neither layers nor one", () => {
    expect(assembled({ created, rootfs: { type: "layers", diff_ids: [] } })).toEqual({
      created,
      config: { Labels: addition.labels },
      rootfs: { type: "layers", diff_ids: ["sha256:weights", "sha256:notices"] },
    });
  });

  it.each<[string, Partial<ImageConfig>]>([
    ["there is none", { history: undefined } as object],
    ["it is null", { history: null } as object],
    ["it is empty", { history: [] }],
    ["it lacks a layer", { history: history.slice(0, 2) }],
    ["it has a layer too many", { history: [...history, { created_by: "RUN" }] }],
  ])("has no history when %s", (_, change) => {
    const { history: dropped, ...rest } = assembled(base);
    expect(dropped).toHaveLength(5);
    expect(assembled({ ...base, ...change })).toEqual(rest);
  });
});

describe("joinedConfig with several layers around", () => {
  const around = {
    below: [{ digest: "sha256:below", what: "a layer below" }],
    above: [
      { digest: "sha256:first", what: "one above" },
      { digest: "sha256:second", what: "another above" },
    ],
    labels: { added: "1" },
  };
  const joined = (more: Partial<Parameters<typeof joinedConfig>[1]> = {}) =>
    JSON.parse(joinedConfig(base, { ...around, ...more })) as Record<string, unknown>;

  it("has any layers around those of the base, with what is in each", () => {
    expect(joined()["rootfs"]).toEqual({
      type: "layers",
      diff_ids: ["sha256:below", "sha256:one", "sha256:two", "sha256:first", "sha256:second"],
    });
    expect(joined()["history"]).toEqual([
      { created, created_by: "a layer below" },
      ...history,
      { created, created_by: "one above" },
      { created, created_by: "another above" },
    ]);
  });

  it("has the base's own where there are none around", () => {
    expect(joined({ below: [], above: [] })).toMatchObject({ rootfs, history });
  });

  it("has other settings in the place of the base's, and keeps the rest", () => {
    const own = { Entrypoint: ["node"], Cmd: ["serve"] };
    expect(joined({ settings: own })).toEqual({
      ...joined(),
      config: { ...(joined()["config"] as object), ...own },
    });
  });
});
