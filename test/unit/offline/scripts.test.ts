import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectFolder } from "../../../support/project-folder.ts";
import { canonical, type ReadManifest } from "../../../offline/package/manifest.ts";
import { must, run, type Result } from "../../support/shell.ts";
import { hex } from "../support/bytes.ts";
import { writeProgram } from "../support/fake-program.ts";
import { manifestWith, tinyPackage } from "../support/package.ts";
import { tempFolder } from "../support/temp-folder.ts";

const scripts = globSync(join(projectFolder, "offline/scripts/*.sh")).sort();

/** A host without anything of its own: no list of signers, no data. */
interface Host {
  readonly package: string;
  readonly manifest: ReadManifest;
  readonly data: string;
  /** Runs a script of the package. */
  readonly script: (name: string, ...args: string[]) => Promise<Result>;
}

async function host(): Promise<Host> {
  const folder = realpathSync(tempFolder());
  const manifest = await tinyPackage(folder);
  const data = join(tempFolder(), "data");
  const env = {
    PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
    SHLVL: "5",
    GEMMA_DATA: data,
    GEMMA_ALLOWED_SIGNERS: `${data}/none`,
  };
  return {
    package: folder,
    manifest,
    data,
    script: (name, ...args) => run("bash", [join(folder, name), ...args], { env, cwd: "/" }),
  };
}

/** Makes a key, and a list that allows it. */
async function signer(name: string, options = 'namespaces="gemma-package" '): Promise<{ key: string; list: string }> {
  const folder = tempFolder();
  const key = join(folder, "key");
  await must("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key]);
  const list = join(folder, "allowed_signers");
  writeFileSync(list, `# Who may sign.\n${name} ${options}${readFileSync(`${key}.pub`, "utf8")}`);
  return { key, list };
}

async function sign(folder: string, key: string, namespace = "gemma-package"): Promise<void> {
  await must("ssh-keygen", ["-q", "-Y", "sign", "-f", key, "-n", namespace, join(folder, "manifest.json")]);
}

const refused = (message: string) => ({ status: 1, stdout: "", stderr: `${message}\n` });
const verified = ({ package: folder, data }: Host) => `--package ${folder} --data ${data} --mode verify\n`;
const unsigned = "WARNING: the package is not signed; nothing shows who made it\n";

describe("the scripts of a package", () => {
  it.each(scripts.map((file) => basename(file)))("%s is valid bash", async (name) => {
    expect(await run("bash", ["-n", join(projectFolder, "offline/scripts", name)])).toMatchObject({
      status: 0,
      output: "",
    });
  });

  it("are these", () => {
    expect(scripts.map((file) => basename(file))).toEqual([
      "bootstrap.sh",
      "deploy.sh",
      "env.sh",
      "health-check.sh",
      "verify.sh",
    ]);
  });
});

describe("listed_hash", () => {
  /** What the function finds for some paths in a manifest. */
  async function hashes(text: string, ...paths: string[]): Promise<string[]> {
    const folder = tempFolder({ "manifest.json": text });
    const script = `set -euo pipefail; . "$0"; here=$1; shift; for path; do echo "$(listed_hash "$path")"; done`;
    const output = await must("bash", [
      "-c",
      script,
      join(projectFolder, "offline/scripts/bootstrap.sh"),
      folder,
      ...paths,
    ]);
    return output.split("\n");
  }

  const paths = [
    "sbom.cdx.json",
    "tools/node.000",
    "tools/node.001",
    "images/layers/0123456789ab.tar.000",
    "deploy.sh",
  ];
  const files = Object.fromEntries(paths.map((path, index) => [path, { size: index, sha256: hex(path) }]));

  it("finds each file of a canonical manifest", async () => {
    expect(await hashes(canonical(manifestWith({ files })), ...paths)).toEqual(paths.map(hex));
  });

  it("finds nothing for a path that is only like one", async () => {
    const text = canonical(manifestWith({ files }));
    const others = ["", "node.000", "tools/node.00", "tools/node.0000", "tools/node.00.", "files", "tools", "."];
    expect((await hashes(text, "deploy.sh", ...others, "deploy.sh")).filter((hash) => hash !== "")).toEqual([
      hex("deploy.sh"),
      hex("deploy.sh"),
    ]);
  });

  it("is not led astray by a tool of the same name", async () => {
    const text = canonical(manifestWith({ files: { node: { size: 1, sha256: hex("the file") } } }));
    expect(text.match(/^ {4}"node": \{$/gm)).toHaveLength(2);
    expect(await hashes(text, "node")).toEqual([hex("the file")]);
  });
});

describe("the signature of a package", () => {
  it("is missing", async () => {
    const there = await host();
    const refusal = refused(
      "The package is not signed. Who made it cannot be checked; --allow-unsigned takes it all the same",
    );
    expect(await there.script("verify.sh")).toMatchObject(refusal);
    expect(await there.script("deploy.sh")).toMatchObject(refusal);
    expect(await there.script("deploy.sh", "--check")).toMatchObject(refusal);
    expect(existsSync(there.data)).toBe(false);
  });

  it("may be missing when somebody says so", async () => {
    const there = await host();
    expect(await there.script("verify.sh", "--allow-unsigned")).toMatchObject({
      status: 0,
      stdout: verified(there),
      stderr: unsigned,
    });
  });

  it("is that of an allowed signer", async () => {
    const there = await host();
    const { key, list } = await signer("alice@example.org");
    await sign(there.package, key);
    expect(await there.script("verify.sh", "--allowed-signers", list)).toMatchObject({
      status: 0,
      stdout: verified(there),
      stderr: "Signed by alice@example.org\n",
    });
  });

  it("is that of an allowed signer whose key stands under another name for something else", async () => {
    const there = await host();
    const { key, list } = await signer("alice@example.org");
    await sign(there.package, key);
    const packages = readFileSync(list, "utf8");
    writeFileSync(
      list,
      packages
        .replaceAll("alice@example.org namespaces", "git@example.org namespaces")
        .replace("gemma-package", "git") + packages,
    );
    expect(await there.script("verify.sh", "--allowed-signers", list)).toMatchObject({
      status: 0,
      stderr: "Signed by alice@example.org\n",
    });
  });

  it.each([
    ["UTF-16", "\ufeff", "utf16le"],
    ["UTF-16 without a mark", "", "utf16le"],
  ] as const)("cannot be checked with a list in %s", async (_, mark, encoding) => {
    const there = await host();
    const { key, list } = await signer("alice@example.org");
    await sign(there.package, key);
    writeFileSync(list, Buffer.from(mark + readFileSync(list, "utf8"), encoding));
    expect(await there.script("verify.sh", "--allowed-signers", list)).toMatchObject(
      refused(
        `${list} is not in UTF-8 but in UTF-16, as some editors save text: save it as UTF-8; the package was not used`,
      ),
    );
  });

  it.each([
    ["a mark of UTF-8", (text: string) => `\ufeff${text}`],
    ["Windows' line ends", (text: string) => text.replaceAll("\n", "\r\n")],
  ])("is checked with a list that has %s", async (_, saved) => {
    const there = await host();
    const { key, list } = await signer("alice@example.org");
    await sign(there.package, key);
    writeFileSync(list, saved(readFileSync(list, "utf8")));
    expect(await there.script("verify.sh", "--allowed-signers", list)).toMatchObject({
      status: 0,
      stderr: "Signed by alice@example.org\n",
    });
  });

  it("cannot be checked without the host's list", async () => {
    const there = await host();
    const { key, list } = await signer("alice@example.org");
    await sign(there.package, key);
    expect(await there.script("verify.sh")).toMatchObject(
      refused(
        `There is no list of allowed signers at ${there.data}/none: put it there, or name it with --allowed-signers; ` +
          "--allow-unsigned goes on without",
      ),
    );
    expect(await there.script("verify.sh", "--allowed-signers", `${list}.old`)).toMatchObject(
      refused(
        `There is no list of allowed signers at ${list}.old: put it there, or name it with --allowed-signers; ` +
          "--allow-unsigned goes on without",
      ),
    );
    expect(await there.script("verify.sh", "--allow-unsigned")).toMatchObject({
      status: 0,
      stdout: verified(there),
      stderr: `WARNING: the signature is not checked, as there is no list of allowed signers at ${there.data}/none\n`,
    });
  });

  it("is not checked with a list that came with the package, also over a link", async () => {
    const there = await host();
    const { key, list } = await signer("alice@example.org");
    await sign(there.package, key);
    const inside = join(there.package, "allowed_signers");
    writeFileSync(inside, readFileSync(list));
    const link = `${list}.link`;
    symlinkSync(inside, link);
    for (const named of [inside, link, `${there.package}/tools/../allowed_signers`])
      expect(await there.script("verify.sh", "--allowed-signers", named, "--allow-unsigned")).toMatchObject(
        refused(`${named} came with the package, which must not vouch for itself: use the host's own list`),
      );
  });

  it("is that of a stranger", async () => {
    const there = await host();
    const [{ list }, stranger] = [await signer("alice@example.org"), await signer("mallory@example.org")];
    await sign(there.package, stranger.key);
    for (const more of [[], ["--allow-unsigned"]])
      expect(await there.script("verify.sh", "--allowed-signers", list, ...more)).toMatchObject(
        refused(`The package is signed with a key that ${list} does not list; it was not used`),
      );
  });

  const doesNotFit = (list: string) =>
    `The signature of alice@example.org does not fit: manifest.json was changed after it was signed, or ${list} does ` +
    "not allow that key for gemma-package; the package was not used";

  it("does not fit a manifest that was edited", async () => {
    const there = await host();
    const { key, list } = await signer("alice@example.org");
    await sign(there.package, key);
    const file = join(there.package, "manifest.json");
    writeFileSync(file, readFileSync(file, "utf8").replace('"prod"', '"test"'));
    for (const more of [[], ["--allow-unsigned"]])
      expect(await there.script("verify.sh", "--allowed-signers", list, ...more)).toMatchObject(
        refused(doesNotFit(list)),
      );
  });

  it("was made for something else", async () => {
    const there = await host();
    const { key, list } = await signer("alice@example.org", "");
    await sign(there.package, key, "file");
    expect(await there.script("verify.sh", "--allowed-signers", list)).toMatchObject(refused(doesNotFit(list)));
  });

  it("is of a key that is allowed for something else only", async () => {
    const there = await host();
    const { key, list } = await signer("alice@example.org", 'namespaces="git" ');
    await sign(there.package, key);
    expect(await there.script("verify.sh", "--allowed-signers", list)).toMatchObject(refused(doesNotFit(list)));
  });

  it("is damaged", async () => {
    const there = await host();
    const { list } = await signer("alice@example.org");
    writeFileSync(join(there.package, "manifest.json.sig"), "not a signature\n");
    expect(await there.script("verify.sh", "--allowed-signers", list)).toMatchObject(
      refused(`The package is signed with a key that ${list} does not list; it was not used`),
    );
  });

  it("is of nothing when the manifest is missing", async () => {
    const there = await host();
    rmSync(join(there.package, "manifest.json"));
    expect(await there.script("verify.sh", "--allow-unsigned")).toMatchObject(
      refused(`There is no manifest.json in ${there.package}: copy the package again`),
    );
  });
});

describe("what a package starts with", () => {
  it.each([
    ["tools/node.001", (file: string) => readFileSync(file, "utf8").replace(/./, "~")],
    ["tools/deploy.mjs", () => "short"],
  ])("is not used when %s is damaged", async (path, spoil) => {
    const there = await host();
    const file = join(there.package, path);
    writeFileSync(file, spoil(file));
    expect(await there.script("verify.sh", "--allow-unsigned")).toMatchObject({
      status: 1,
      stdout: "",
      stderr:
        `${unsigned}${path} is damaged: its sha256 is ${hex(readFileSync(file))}, not ` +
        `${there.manifest.files[path]?.sha256 ?? ""}; copy it again\n`,
    });
  });

  it("is not used when somebody put another part beside it", async () => {
    const there = await host();
    writeFileSync(join(there.package, "tools/node.999"), "evil");
    expect(await there.script("verify.sh", "--allow-unsigned")).toMatchObject({
      status: 1,
      stdout: "",
      stderr: `${unsigned}The manifest does not list tools/node.999: copy the package again\n`,
    });
  });

  it("is removed again, and the data folder is not made by a check", async () => {
    const there = await host();
    const env = { PATH: "/usr/bin:/bin", TMPDIR: tempFolder(), SHLVL: "5" };
    const script = join(there.package, "deploy.sh");
    const args = [script, "--check", "--json", "--allow-unsigned", "--data", `${there.data}/../data`];
    expect(await run("bash", args, { env })).toMatchObject({
      status: 0,
      stdout: `--package ${there.package} --data ${there.data} --mode check --json\n`,
      stderr: unsigned,
    });
    expect(existsSync(there.data)).toBe(false);
    expect(globSync(join(env.TMPDIR, "*"))).toEqual([]);
  });

  it("runs in the data folder, with what a killed run left there removed", async () => {
    const there = await host();
    mkdirSync(join(there.data, "runtime.killed"), { recursive: true });
    expect(await there.script("deploy.sh", "--allow-unsigned")).toMatchObject({
      status: 0,
      stdout: `--package ${there.package} --data ${there.data} --mode deploy\n`,
      stderr: unsigned,
    });
    expect(globSync(join(there.data, "*"))).toEqual([join(there.data, "lock")]);
  });

  it("needs a version on the host when the package has no Node", async () => {
    const folder = realpathSync(tempFolder());
    await tinyPackage(folder, { omit: ["node"] });
    const data = join(tempFolder(), "data");
    const args = [join(folder, "verify.sh"), "--allow-unsigned", "--data", data];
    const options = { env: { PATH: "/usr/bin:/bin", SHLVL: "5" } };
    expect(await run("bash", args, options)).toMatchObject({
      status: 1,
      stdout: "",
      stderr:
        `${unsigned}This package has only what changed since an earlier one, and this host has no version: bring the ` +
        "complete package\n",
    });
    writeProgram(join(data, "current/bin/node"), `exec '${process.execPath}' "$@"`);
    expect(await run("bash", args, options)).toMatchObject({
      status: 0,
      stdout: `--package ${folder} --data ${data} --mode verify\n`,
    });
  });
});

describe("the options of the scripts", () => {
  const usage = [
    "usage: deploy.sh [--check [--json]] [--data DIR] [--allowed-signers FILE] [--allow-unsigned]",
    "                 [--allow-older] [--discard-changes]",
    "       deploy.sh --rollback [--data DIR]",
    "       deploy.sh --uninstall [--purge] [--data DIR]",
    "",
    "  --check              only look whether this host is ready; --json for programs",
    "  --data DIR           where state, passphrase and versions are kept (/var/lib/gemma)",
    "  --allowed-signers F  keys that may sign packages, in OpenSSH's format (/etc/gemma/allowed_signers)",
    "  --allow-unsigned     take a package whose maker cannot be checked",
    "  --allow-older        take a package that is older than the version that serves",
    "  --discard-changes    take a package that undoes what was changed here in the configuration",
    "  --rollback           go back to the version before, from what is on this host",
    "  --uninstall          remove containers, networks and images; --purge state and passphrase as well",
    "",
  ].join("\n");

  /** Runs a script as it is in the project, which is no package. */
  function script(name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Result> {
    const path = join(projectFolder, "offline/scripts", name);
    return run("/usr/bin/bash", [path, ...args], { env: { PATH: "/usr/bin:/bin", SHLVL: "5", ...env } });
  }

  it.each([["--help"], ["-h"], ["--check", "--help", "--unknown"]])("are told by deploy.sh %s", async (...args) => {
    expect(await script("deploy.sh", args)).toMatchObject({ status: 0, stdout: usage, stderr: "" });
  });

  it("are told by verify.sh --help", async () => {
    expect(await script("verify.sh", ["--help"])).toMatchObject({
      status: 0,
      stdout: "usage: verify.sh [--allowed-signers FILE] [--allow-unsigned] [--data DIR]\n",
      stderr: "",
    });
  });

  it.each(["--unknown", "prod", "--data=/data", ""])("are no others: deploy.sh %j", async (arg) => {
    expect(await script("deploy.sh", ["--check", arg])).toMatchObject(
      refused(`${arg} is not known\n${usage.trimEnd()}`),
    );
  });

  it.each(["--unknown", "--check"])("are no others: verify.sh %s", async (arg) => {
    expect(await script("verify.sh", [arg])).toMatchObject(
      refused(`${arg} is not known; verify.sh --help says what is`),
    );
  });

  it.each([
    ["deploy.sh", "--data"],
    ["deploy.sh", "--allowed-signers"],
    ["verify.sh", "--data"],
    ["verify.sh", "--allowed-signers"],
  ])("have their values: %s %s", async (name, option) => {
    expect(await script(name, ["--allow-unsigned", option])).toMatchObject(refused(`${option} needs a value`));
  });

  it.each([["--rollback"], ["--uninstall"], ["--uninstall", "--purge"]])(
    "find nothing to work on in an empty data folder: deploy.sh %s",
    async (...args) => {
      const data = join(tempFolder(), "data");
      expect(await script("deploy.sh", [...args, "--data", data])).toMatchObject(
        refused(`There is nothing of this service in ${data}`),
      );
    },
  );

  it.each([
    [["--allow-older"], "--mode deploy --allow-older"],
    [["--discard-changes"], "--mode deploy --discard-changes"],
    [
      ["--check", "--json", "--discard-changes", "--allow-older"],
      "--mode check --json --allow-older --discard-changes",
    ],
  ])("let a package be what it otherwise may not: deploy.sh %j", async (args, passed) => {
    const there = await host();
    expect(await there.script("deploy.sh", "--allow-unsigned", ...args)).toMatchObject({
      status: 0,
      stdout: `--package ${there.package} --data ${there.data} ${passed}\n`,
    });
  });

  it("are done by the version that was made last where none serves, and by none that is not whole", async () => {
    const data = realpathSync(tempFolder());
    const versions = [
      ["aaaaaaaaaaaa", "2026-11-02T00:00:00.000Z"],
      ["bbbbbbbbbbbb", "2026-11-03T00:00:00.000Z"],
      ["cccccccccccc", "2026-11-01T00:00:00.000Z"],
      ["dddddddddddd.partial", "2026-11-04T00:00:00.000Z"],
    ] as const;
    for (const [name, created] of versions) {
      const folder = join(data, "versions", name);
      writeProgram(join(folder, "bin/node"), 'echo "$PWD"');
      mkdirSync(join(folder, "program"));
      writeFileSync(join(folder, "manifest.json"), canonical(manifestWith({ created })));
    }
    mkdirSync(join(data, "versions/eeeeeeeeeeee"));
    expect(await script("deploy.sh", ["--uninstall", "--data", data])).toMatchObject({
      status: 0,
      stdout: `${data}/versions/bbbbbbbbbbbb/program\n`,
    });
  });

  it("do not deploy from a deployed version", async () => {
    const data = realpathSync(tempFolder());
    const version = join(data, "versions/0123456789ab");
    mkdirSync(join(version, "cli"), { recursive: true });
    for (const name of ["bootstrap.sh", "deploy.sh"])
      writeFileSync(join(version, name), readFileSync(join(projectFolder, "offline/scripts", name)));
    const env = { PATH: "/usr/bin:/bin", SHLVL: "5" };
    expect(await run("bash", [join(version, "deploy.sh")], { env })).toMatchObject(
      refused(
        "This is the deployed version's own script: start the deploy.sh of a package, or use --rollback or --uninstall",
      ),
    );
    writeProgram(join(version, "bin/node"), 'echo "$PWD: $*"');
    mkdirSync(join(version, "program"));
    symlinkSync("versions/0123456789ab", join(data, "current"));
    expect(await run("bash", [join(version, "deploy.sh"), "--uninstall", "--purge"], { env })).toMatchObject({
      status: 0,
      stdout: `${data}/current/program: commands/uninstall.ts --data ${data} --purge\n`,
      stderr: "",
    });
  });
});

describe("a host", () => {
  /** A PATH with these programs of the system, and scripts in place of others. */
  function pathWith(names: readonly string[], scripts: Readonly<Record<string, string>> = {}): string {
    const folder = tempFolder();
    for (const name of names) symlinkSync(`/usr/bin/${name}`, join(folder, name));
    for (const [name, script] of Object.entries(scripts)) writeProgram(join(folder, name), script);
    chmodSync(folder, 0o755);
    return folder;
  }

  const check = (PATH: string) =>
    run("/usr/bin/bash", [join(projectFolder, "offline/scripts/deploy.sh"), "--check"], { env: { PATH, SHLVL: "5" } });
  const needed = ["dirname", "uname", "awk", "flock", "mktemp", "realpath", "sha256sum", "tar"];

  it.each(["awk", "flock", "mktemp", "realpath", "sha256sum", "tar"])("needs %s", async (tool) => {
    expect(await check(pathWith(needed.filter((name) => name !== tool)))).toMatchObject(
      refused(`This host has no ${tool}: install it with the system's packages`),
    );
  });

  it("needs no more before the package is looked at", async () => {
    expect(await check(pathWith(needed))).toMatchObject(
      refused(`There is no manifest.json in ${projectFolder}offline/scripts: copy the package again`),
    );
  });

  it("has another platform", async () => {
    const PATH = pathWith(
      needed.filter((name) => name !== "uname"),
      {
        uname: "case $1 in -s) echo Linux ;; -m) echo aarch64 ;; esac",
      },
    );
    expect(await check(PATH)).toMatchObject(refused("This host is Linux aarch64, and the package is for Linux x86_64"));
  });
});
