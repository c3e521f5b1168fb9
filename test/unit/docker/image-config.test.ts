import { describe, expect, it } from "vitest";
import { configInstructions, type ImageConfig } from "../../../docker/image-config.ts";

const ollama: ImageConfig = {
  Env: ["PATH=/usr/bin:/bin", "OLLAMA_HOST=0.0.0.0:11434", "EMPTY=", "OPTIONS=a=b"],
  ExposedPorts: { "11434/tcp": {}, "53/udp": {} },
  User: "1000:1000",
  WorkingDir: "/srv",
  Volumes: { "/root/.ollama": {}, "/var/cache": {} },
  StopSignal: "SIGINT",
  Shell: ["/bin/bash", "-c"],
  Entrypoint: ["/bin/ollama"],
  Cmd: ["serve", 'a "b"'],
  Labels: { "org.opencontainers.image.version": "24.04", kept: "base" },
  Healthcheck: { Test: ["CMD", "true"] },
};

describe("configInstructions", () => {
  it("writes every setting of the base and the labels, and leaves the health check out", () => {
    const labels = { "org.opencontainers.image.version": "0123", added: "1" };
    expect(configInstructions(ollama, labels).split("\n")).toEqual([
      'ENV PATH="/usr/bin:/bin"',
      'ENV OLLAMA_HOST="0.0.0.0:11434"',
      'ENV EMPTY=""',
      'ENV OPTIONS="a=b"',
      "EXPOSE 11434/tcp",
      "EXPOSE 53/udp",
      "USER 1000:1000",
      "WORKDIR /srv",
      'VOLUME ["/root/.ollama"]',
      'VOLUME ["/var/cache"]',
      "STOPSIGNAL SIGINT",
      'SHELL ["/bin/bash","-c"]',
      'ENTRYPOINT ["/bin/ollama"]',
      'CMD ["serve","a \\"b\\""]',
      'LABEL "org.opencontainers.image.version"="0123"',
      'LABEL "kept"="base"',
      'LABEL "added"="1"',
      "",
    ]);
  });

  it.each([
    ["back\\slash", '"back\\\\slash"'],
    ['quo"te', '"quo\\"te"'],
    ["dol$lar ${X}", '"dol\\$lar \\${X}"'],
    ["sp ace", '"sp ace"'],
    ["it's", '"it\'s"'],
  ])("quotes %j so that the builder reads the same text", (value, quoted) => {
    expect(configInstructions({ Env: [`A=${value}`] }, { b: value })).toBe(`ENV A=${quoted}\nLABEL "b"=${quoted}\n`);
  });

  it.each<[string, ImageConfig]>([
    ["an empty configuration", {}],
    [
      "null settings",
      { Env: null, Entrypoint: null, Cmd: null, ExposedPorts: null, Volumes: null, Labels: null, Shell: null },
    ],
    [
      "empty settings",
      { Env: [], ExposedPorts: {}, User: "", WorkingDir: "", StopSignal: "", Labels: {}, Volumes: {} },
    ],
    ["a health check alone", { Healthcheck: { Test: ["CMD", "true"] } }],
  ])("writes only the labels for %s", (_, config) => {
    expect(configInstructions(config, { a: "1" })).toBe('LABEL "a"="1"\n');
  });

  it("writes no instruction where there is nothing to set", () => {
    expect(configInstructions({}, {}).trim()).toBe("");
  });
});
