import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { DataFolder, type InstalledVersion } from "../../../../offline/host/data-folder.ts";
import { recordDeployed } from "../../../../offline/host/deployed.ts";
import { recordHealth } from "../../../../offline/host/health-record.ts";
import { statusOf } from "../../../../offline/host/status.ts";
import { statusCode, statusJson, statusText } from "../../../../offline/host/status-report.ts";
import { canonical, readManifest, type PackageManifest } from "../../../../offline/package/manifest.ts";
import { exitStatus } from "../../../../support/exit-status.ts";
import { sha256, shortDigest } from "../../../../support/hashing.ts";
import { makeCertificate } from "../../../support/certificate.ts";
import { fakePrograms } from "../../support/fake-program.ts";
import { manifestWith } from "../../support/package.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const now = new Date("2026-11-26T12:00:00Z");

const container = {
  Name: "/ollama-container-0123456",
  Config: { Image: "localhost/gemma/tiny:1", Env: ["TOKEN=secret"] },
  State: {
    Status: "running",
    Error: "",
    OOMKilled: false,
    StartedAt: "2026-11-25T10:00:00.123456789Z",
    Health: { Status: "healthy" },
  },
  RestartCount: 0,
  HostConfig: { Memory: 16 * 1024 ** 3, RestartPolicy: { Name: "unless-stopped" } },
  NetworkSettings: {
    Ports: { "11434/tcp": [{ HostIp: "127.0.0.1", HostPort: "11434" }], "8080/tcp": null },
  },
};

/** A docker that knows these containers of the data folder's stack, and writes down what it is asked. */
function engine(data: DataFolder, containers: readonly object[] = [container], watcher = ""): () => string {
  const folder = tempFolder({ "inspected.json": JSON.stringify(containers), state: watcher });
  const label = `label=io.chatgemma.state=${shortDigest(sha256(join(data.path, "state")))}`;
  fakePrograms({
    docker: [
      `echo "$*" >>'${folder}/calls'`,
      'case "$*" in',
      `"ps --all --quiet --no-trunc "*"--filter ${label}") ${containers.map((_, index) => `echo ${index}`).join("; ") || ":"} ;;`,
      `"container inspect "*) cat '${folder}/inspected.json' ;;`,
      '"image inspect "*) echo 7516192768 ;;',
      `"exec watcher-container-1 node -e "*) cat '${folder}/state' ;;`,
      "*) exit 1 ;;",
      "esac",
    ].join("\n"),
  });
  return () => readFileSync(join(folder, "calls"), "utf8");
}

async function versionIn(data: DataFolder, change: Partial<PackageManifest> = {}): Promise<InstalledVersion> {
  const folder = tempFolder({ "manifest.json": canonical(manifestWith(change)) });
  const { digest, text } = await readManifest(folder);
  const place = data.versionFolder(digest);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "manifest.json"), text);
  return { folder: place, manifest: await readManifest(place) };
}

/** A data folder with a version that serves, and the one before it. */
async function deployed(change: Partial<PackageManifest> = {}) {
  const data = new DataFolder(tempFolder());
  const old = await versionIn(data, { created: "2026-11-01T00:00:00.000Z" });
  const current = await versionIn(data, change);
  await data.select(old);
  await data.select(current);
  writeFileSync(join(data.path, "lock"), "");
  return { data, old, current };
}

const nameOf = ({ manifest }: InstalledVersion) => `${shortDigest(manifest.digest)} of ${manifest.created}`;

describe("the status", () => {
  it("tells people what is deployed, in aligned lines", async () => {
    const { data, old, current } = await deployed();
    const calls = engine(data);
    const origin = { package: "/media/usb/prod", signer: "packages@example.org", signed: true };
    await recordDeployed(data, current, { by: "deployment", origin, served: false }, now);
    await recordHealth(data.path, true, "gemma3n:e4b answers", now);
    const status = await statusOf(data, now);
    const lines = statusText(status)
      .replace(/(: )\S+ \S+, \S+ \S+ free/, "$1SIZE, FREE free")
      .split("\n");
    expect(lines).toEqual([
      `version     ${nameOf(current)}`,
      "deployed    2026-11-26T12:00:00Z",
      "            from /media/usb/prod, signed by packages@example.org",
      "model       gemma3n:e4b, stack prod",
      `--rollback  to version ${nameOf(old)}`,
      "containers  ollama-container-0123456: running (healthy) since 2026-11-25T10:00:00Z, at 127.0.0.1:11434",
      "              localhost/gemma/tiny:1, memory up to 16 GiB",
      `disk        ${data.path}: SIZE, FREE free`,
      "            localhost/gemma/tiny:1: 7 GiB",
      "health      2026-11-26T12:00:00Z: gemma3n:e4b answers",
      "run         none is under way",
      "leftovers   none",
      "",
      "All is as it should be",
      "",
    ]);
    expect(statusCode(status)).toBe(0);
    expect(statusJson(status)).not.toContain("secret");
    expect(calls()).not.toMatch(/^(rm|tag|run|start|stop|load|network)/m);
  });

  it("tells programs the same", async () => {
    const { data, old, current } = await deployed();
    engine(data);
    expect(JSON.parse(statusJson(await statusOf(data, now)))).toEqual({
      data: data.path,
      current: {
        version: current.manifest.digest,
        made: "2026-11-22T08:00:00.000Z",
        stack: "prod",
        model: "gemma3n:e4b",
        deployed: null,
      },
      previous: {
        version: old.manifest.digest,
        made: "2026-11-01T00:00:00.000Z",
        stack: "prod",
        model: "gemma3n:e4b",
        deployed: null,
      },
      containers: [
        {
          name: "ollama-container-0123456",
          image: "localhost/gemma/tiny:1",
          state: "running",
          stoppedByHand: false,
          health: "healthy",
          since: "2026-11-25T10:00:00.123456789Z",
          restarts: 0,
          ports: ["127.0.0.1:11434"],
          memoryBytes: 16 * 1024 ** 3,
        },
      ],
      disk: {
        dataBytes: expect.any(Number) as number,
        freeBytes: expect.any(Number) as number,
        images: [{ name: "localhost/gemma/tiny:1", bytes: 7516192768 }],
      },
      certificate: null,
      health: null,
      watcher: null,
      running: false,
      leftovers: [],
      problems: [],
    });
  });

  describe("with a watcher", () => {
    const watcher = { ...container, Name: "/watcher-container-1" };
    const linesOf = async (containers: readonly object[], state = "") => {
      const { data } = await deployed();
      engine(data, containers, state);
      const status = await statusOf(data, now);
      expect(statusCode(status)).toBe(0);
      const lines = statusText(status).split("\n");
      const from = lines.findIndex((line) => line.startsWith("watcher"));
      const until = lines.findIndex((line) => line.startsWith("run "));
      return from < 0 ? [] : lines.slice(from, until).map((line) => line.slice("containers  ".length));
    };

    it("tells of its faults, what was done and how often", async () => {
      const since = "2026-11-26T11:00:00.123Z";
      const at = "2026-11-26T11:00:10.000Z";
      const fault = { fault: "stuck-runner", since, reason: "no progress", action: "reload", actedAt: at };
      const other = { fault: "out-of-memory", since, reason: "2 kills", needsSomebodySince: at };
      const state = {
        looking: true,
        faults: [fault, other],
        actionsInLastHour: [since, at],
        lastAction: { action: "reload", fault: "stuck-runner", at },
      };
      expect(await linesOf([container, watcher], JSON.stringify(state))).toEqual([
        "stuck-runner since 2026-11-26T11:00:00Z: no progress; reload 2026-11-26T11:00:10Z",
        "out-of-memory since 2026-11-26T11:00:00Z: 2 kills; needs somebody since 2026-11-26T11:00:10Z",
        "last action: reload because of stuck-runner, 2026-11-26T11:00:10Z; 2 actions in the last hour",
      ]);
      expect(
        await linesOf([container, watcher], JSON.stringify({ looking: false, faults: [], actionsInLastHour: [] })),
      ).toEqual([
        "no fault",
        "no action since it was started; 0 actions in the last hour",
        "it has not looked of late",
      ]);
    });

    it("says in a line that it does not tell, and fails for that no more than without one", async () => {
      expect(await linesOf([container, watcher], "<html>")).toEqual(["does not tell: its answer has another form"]);
      expect(await linesOf([container, { ...watcher, Name: "/watcher-container-2" }])).toEqual([
        expect.stringMatching(/^does not tell: Command failed/),
      ]);
      expect(await linesOf([container])).toEqual([]);
    });
  });

  it("says that nothing is deployed, with a status of its own", async () => {
    const data = new DataFolder(tempFolder());
    const never = await versionIn(data);
    engine(data, []);
    const status = await statusOf(data, now);
    expect([status.current, status.leftovers]).toEqual([null, [`versions/${shortDigest(never.manifest.digest)}`]]);
    expect(statusText(status)).toMatch(new RegExp(`\\n\\nNothing is deployed in ${data.path}\\n$`));
    expect(statusCode(status)).toBe(exitStatus.absent);
  });

  it.each([
    [
      "stopped by hand",
      { ...container, State: { ...container.State, Status: "exited" } },
      /^The container ollama-container-0123456 was stopped by hand \(docker stop or docker kill\), and Docker does not start such a container again, whatever its restart policy: start it with docker start ollama-container-0123456$/m,
    ],
    [
      "crashing",
      { ...container, State: { ...container.State, Status: "restarting" } },
      /ollama-container-0123456 does not run: it is restarting; look into docker logs ollama-container-0123456/,
    ],
    [
      "unhealthy",
      { ...container, State: { ...container.State, Health: { Status: "unhealthy" } } },
      /ollama-container-0123456 runs, and its health check fails/,
    ],
  ])("names a container that is %s", async (_, one, problem) => {
    const { data } = await deployed();
    engine(data, [one]);
    const status = await statusOf(data, now);
    expect(status.problems).toEqual([expect.stringMatching(problem)]);
    expect(statusText(status)).toMatch(problem);
    expect(statusCode(status)).toBe(exitStatus.failed);
  });

  it("blames nobody for a container that a killed run may have stopped", async () => {
    const { data } = await deployed();
    engine(data, [{ ...container, State: { ...container.State, Status: "exited" } }]);
    const state = join(data.path, "state/.pulumi/stacks/gemma/prod.json");
    mkdirSync(join(state, ".."), { recursive: true });
    const latest = { resources: [], pending_operations: [{ type: "deleting" }] };
    writeFileSync(state, JSON.stringify({ version: 3, checkpoint: { stack: "prod", latest } }));
    expect((await statusOf(data, now)).problems).toEqual([
      "The container ollama-container-0123456 does not run: it is exited; look into docker logs ollama-container-0123456",
    ]);
  });

  it("names what cannot be read, and tells the rest", async () => {
    const { data } = await deployed();
    fakePrograms({ docker: "echo 'Cannot connect to the Docker daemon' >&2; echo 'Is it running?' >&2; exit 1" });
    const state = join(data.path, "state/.pulumi/stacks/gemma/prod.json");
    mkdirSync(join(state, ".."), { recursive: true });
    for (const file of [join(data.path, "deployed.json"), join(data.path, "health.json"), state])
      writeFileSync(file, "{");
    const status = await statusOf(data, now);
    expect(status.problems).toHaveLength(4);
    for (const [index, start] of [
      `${data.path}/deployed.json cannot be read (`,
      "Docker does not answer: Cannot connect to the Docker daemon; Is it running?",
      `The state ${state} cannot be read: it is not whole`,
      `${data.path}/health.json cannot be read (`,
    ].entries())
      expect(status.problems[index]?.slice(0, start.length)).toBe(start);
    expect([status.containers, status.health, status.disk.images[0]?.bytes]).toEqual([null, null, null]);
    expect(statusText(status)).toContain("containers  unknown\n");
    expect(statusCode(status)).toBe(exitStatus.failed);
  });

  it("tells of the certificate which names it has and how long it lasts", async () => {
    const { certificate } = makeCertificate(tempFolder());
    const { data } = await deployed({ needs: { ...manifestWith().needs, certificate } });
    engine(data);
    const status = await statusOf(data);
    expect(status.certificate).toMatchObject({ file: certificate, daysLeft: 89 });
    expect(statusText(status)).toMatch(
      /^certificate {2}\S+ ends in 89 days, on \d{4}-\d\d-\d\d, for localhost, 127\.0\.0\.1$/m,
    );
  });

  it("names a certificate that is not there", async () => {
    const { data } = await deployed({ needs: { ...manifestWith().needs, certificate: "/none/certificate.pem" } });
    engine(data);
    expect((await statusOf(data)).problems).toEqual([
      "The certificate /none/certificate.pem is not there, or holds no certificate",
    ]);
  });

  it("sees a run that is under way, whose folders are no leftovers", async () => {
    const { data } = await deployed();
    engine(data);
    mkdirSync(join(data.path, "runtime.abcdef"));
    expect(await statusOf(data)).toMatchObject({ running: false, leftovers: ["runtime.abcdef"] });
    const holder = spawn("flock", [join(data.path, "lock"), "sh", "-c", "echo held; read -r line"]);
    onTestFinished(() => void holder.kill());
    await once(holder.stdout, "data");
    expect(await statusOf(data)).toMatchObject({ running: true, leftovers: [] });
    holder.stdin.end();
    await once(holder, "close");
  });

  it("keeps since when a version serves when it is deployed again, and tells when somebody went back to it", async () => {
    const { data, old, current } = await deployed();
    engine(data);
    const origin = { package: "/media/usb/prod", signer: null, signed: false };
    await recordDeployed(data, old, { by: "deployment", origin, served: false }, new Date("2026-11-02T00:00:00Z"));
    await recordDeployed(data, current, { by: "deployment", origin, served: false }, new Date("2026-11-23T00:00:00Z"));
    await recordDeployed(data, current, { by: "deployment", origin, served: true }, now);
    expect((await statusOf(data)).current?.deployed).toEqual({
      since: "2026-11-23T00:00:00.000Z",
      by: "deployment",
      origin,
    });
    await data.select(old);
    await recordDeployed(data, old, { by: "rollback", served: false }, now);
    const text = statusText(await statusOf(data));
    expect(text).toContain(
      "deployed    2026-11-26T12:00:00Z, by --rollback\n            from /media/usb/prod, not signed\n",
    );
    expect(text).toContain(`--rollback  to version ${nameOf(current)}\n`);
  });

  it("does not keep a version from serving when it cannot be written down", async () => {
    const { data, current } = await deployed();
    mkdirSync(join(data.path, "deployed.json.partial"));
    writeFileSync(join(data.path, "deployed.json.partial/file"), "");
    const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const origin = { package: "/media", signer: null, signed: false };
    await recordDeployed(data, current, { by: "deployment", origin, served: false });
    expect(said.mock.calls.join("")).toMatch(
      /^WARNING: .*deployed\.json cannot be written, and --status will not tell of this/,
    );
    said.mockRestore();
  });
});
