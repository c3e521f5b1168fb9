import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { exitStatus } from "../../../support/exit-status.ts";
import { projectFolder } from "../../../support/project-folder.ts";
import { canonical, type ReadManifest } from "../../../offline/package/manifest.ts";
import { shortDigest } from "../../../support/hashing.ts";
import { must, run, type Result } from "../../support/shell.ts";
import { hex } from "../support/bytes.ts";
import { writeProgram } from "../support/fake-program.ts";
import { manifestWith, tinyNode, tinyPackage } from "../support/package.ts";
import { tempFolder } from "../support/temp-folder.ts";

const scripts = globSync(join(projectFolder, "offline/scripts/*.sh")).sort();

/** A host without anything of its own: no list of signers, no data. */
interface Host {
  readonly package: string;
  readonly manifest: ReadManifest;
  readonly data: string;
  /** Runs a script of the package. */
  readonly script: (name: string, ...args: string[]) => Promise<Result>;
  /** As {@link script}, with the programs of a folder in place of the system's. */
  readonly scriptBehind: (programs: string, name: string, ...args: string[]) => Promise<Result>;
}

async function host(args: { package?: string; data?: string; partSize?: number } = {}): Promise<Host> {
  const folder = join(realpathSync(tempFolder()), args.package ?? "");
  mkdirSync(folder, { recursive: true });
  const manifest = await tinyPackage(folder, { partSize: args.partSize ?? 64 });
  const data = join(realpathSync(tempFolder()), args.data ?? "data");
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
    scriptBehind: (programs, name, ...args) =>
      run("bash", [join(folder, name), ...args], { env: { ...env, PATH: `${programs}:${env.PATH}` }, cwd: "/" }),
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

const ended = (status: number) => (message: string) => ({ status, stdout: "", stderr: `${message}\n` });
const misused = ended(exitStatus.usage);
const refused = ended(exitStatus.refused);
const untrusted = ended(exitStatus.untrusted);
const absent = ended(exitStatus.absent);
const started = ({ package: folder, data, manifest }: Host, mode: string) =>
  `--package ${folder} --data ${data} --mode ${mode} with ${manifest.digest}\n`;
const verified = (there: Host) => started(there, "verify");
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
      "check-signature.sh",
      "data-folder.sh",
      "deploy.sh",
      "env.sh",
      "health-check.sh",
      "installed.sh",
      "operate.sh",
      "run-log.sh",
      "verify.sh",
    ]);
  });
});

describe("listed_hash", () => {
  /** What the function finds for some paths in a manifest. */
  async function hashes(text: string, ...paths: string[]): Promise<string[]> {
    const folder = tempFolder({ "manifest.json": text });
    const script = `set -euo pipefail; . "$0"; here=$1; shift; read_manifest; for path; do echo "$(listed_hash "$path")"; done`;
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
    const refusal = untrusted(
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
      stdout: started(there, "verify --signer alice@example.org"),
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
      untrusted(
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
      untrusted(
        `There is no list of allowed signers at ${there.data}/none: put it there, or name it with --allowed-signers; ` +
          "--allow-unsigned goes on without",
      ),
    );
    expect(await there.script("verify.sh", "--allowed-signers", `${list}.old`)).toMatchObject(
      untrusted(
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
        untrusted(`${named} came with the package, which must not vouch for itself: use the host's own list`),
      );
  });

  it("is that of a stranger", async () => {
    const there = await host();
    const [{ list }, stranger] = [await signer("alice@example.org"), await signer("mallory@example.org")];
    await sign(there.package, stranger.key);
    for (const more of [[], ["--allow-unsigned"]])
      expect(await there.script("verify.sh", "--allowed-signers", list, ...more)).toMatchObject(
        untrusted(`The package is signed with a key that ${list} does not list; it was not used`),
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
        untrusted(doesNotFit(list)),
      );
  });

  it("was made for something else", async () => {
    const there = await host();
    const { key, list } = await signer("alice@example.org", "");
    await sign(there.package, key, "file");
    expect(await there.script("verify.sh", "--allowed-signers", list)).toMatchObject(untrusted(doesNotFit(list)));
  });

  it("is of a key that is allowed for something else only", async () => {
    const there = await host();
    const { key, list } = await signer("alice@example.org", 'namespaces="git" ');
    await sign(there.package, key);
    expect(await there.script("verify.sh", "--allowed-signers", list)).toMatchObject(untrusted(doesNotFit(list)));
  });

  it("is damaged", async () => {
    const there = await host();
    const { list } = await signer("alice@example.org");
    writeFileSync(join(there.package, "manifest.json.sig"), "not a signature\n");
    expect(await there.script("verify.sh", "--allowed-signers", list)).toMatchObject(
      untrusted(`The package is signed with a key that ${list} does not list; it was not used`),
    );
  });

  it("is of nothing when the manifest is missing", async () => {
    const there = await host();
    rmSync(join(there.package, "manifest.json"));
    expect(await there.script("verify.sh", "--allow-unsigned")).toMatchObject(
      untrusted(`manifest.json is missing in ${there.package}: copy the package again`),
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
      status: exitStatus.untrusted,
      stdout: "",
      stderr:
        `${unsigned}${path} is damaged: its sha256 is ${hex(readFileSync(file))}, not ` +
        `${there.manifest.files[path]?.sha256 ?? ""}; copy it again\n`,
    });
  });

  it("has nothing to do with another part that somebody put beside it", async () => {
    const there = await host();
    writeFileSync(join(there.package, "tools/node.999"), "evil");
    expect(await there.script("verify.sh", "--allow-unsigned")).toMatchObject({
      status: 0,
      stdout: verified(there),
      stderr: unsigned,
    });
  });

  it("is not used when any part of it is missing", async () => {
    const there = await host({ partSize: 32 });
    const parts = Object.keys(there.manifest.files).filter((path) => path.startsWith("tools/node."));
    expect(parts.length).toBeGreaterThan(2);
    for (const path of [...parts, "tools/deploy.mjs", "tools/hash-worker.mjs"]) {
      const file = join(there.package, path);
      renameSync(file, `${file}.away`);
      expect(await there.script("verify.sh", "--allow-unsigned")).toMatchObject({
        status: exitStatus.untrusted,
        stdout: "",
        stderr: `${unsigned}${path} is missing in ${there.package}: copy the package again\n`,
      });
      renameSync(`${file}.away`, file);
    }
  });

  it.each(["tools/node.001", "tools/deploy.mjs", "manifest.json"])(
    "is not used when %s is a link, or a pipe",
    async (path) => {
      const there = await host();
      const file = join(there.package, path);
      const away = join(tempFolder(), "away");
      renameSync(file, away);
      const refusal = `${path} in ${there.package} is a link, or no file at all: copy the package again\n`;
      const said = async () => {
        const { status, stdout, stderr } = await there.script("verify.sh", "--allow-unsigned");
        expect([status, stdout]).toEqual([exitStatus.untrusted, ""]);
        return stderr.replace(unsigned, "");
      };
      symlinkSync(away, file);
      expect(await said()).toBe(refusal);
      rmSync(file);
      await must("mkfifo", [file]);
      expect(await said()).toBe(refusal);
    },
  );

  it("is not used with a manifest that has no end", async () => {
    const there = await host();
    truncateSync(join(there.package, "manifest.json"), 64 * 1024 ** 2 + 1);
    expect(await there.script("verify.sh", "--allow-unsigned")).toMatchObject(
      untrusted(`manifest.json in ${there.package} has more than 64 MiB, as no manifest has: copy the package again`),
    );
  });

  it("is removed again, and the data folder is not made by a check", async () => {
    const there = await host();
    const env = { PATH: "/usr/bin:/bin", TMPDIR: tempFolder(), SHLVL: "5" };
    const script = join(there.package, "deploy.sh");
    const args = [script, "--check", "--json", "--allow-unsigned", "--data", `${there.data}/../data`];
    expect(await run("bash", args, { env })).toMatchObject({
      status: 0,
      stdout: started(there, "check --json"),
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
      stdout: started(there, "deploy"),
      stderr: unsigned,
    });
    expect(globSync(join(there.data, "*"))).toEqual(["lock", "logs"].map((name) => join(there.data, name)));
  });

  it("needs a version on the host when the package has no Node", async () => {
    const folder = realpathSync(tempFolder());
    const { digest } = await tinyPackage(folder, { omit: ["node"] });
    const data = join(tempFolder(), "data");
    const args = [join(folder, "verify.sh"), "--allow-unsigned", "--data", data];
    const options = { env: { PATH: "/usr/bin:/bin", SHLVL: "5" } };
    expect(await run("bash", args, options)).toMatchObject({
      status: exitStatus.refused,
      stdout: "",
      stderr:
        `${unsigned}This package has only what changed since an earlier one, and this host has no version: bring the ` +
        "complete package\n",
    });
    writeProgram(join(data, "current/bin/node"), `exec '${process.execPath}' "$@"`);
    expect(await run("bash", args, options)).toMatchObject({
      status: 0,
      stdout: `--package ${folder} --data ${data} --mode verify with ${digest}\n`,
    });
  });
});

describe("the room to start from", () => {
  /** A host with a data folder, whose disks have this much: bytes, free inodes and all of them. */
  async function tight(free: { data: string; tmp: string }, partSize?: number) {
    const there = await host({ ...(partSize === undefined ? {} : { partSize }) });
    mkdirSync(there.data);
    const programs = tempFolder();
    const answer = (text: string) => {
      const [bytes = "", inodes = "9", all = "10"] = text.split(" ");
      return `case "$3" in '%a * %S') echo '${bytes} * 1';; *) echo '${inodes} of ${all}';; esac`;
    };
    writeProgram(
      join(programs, "stat"),
      `[ "$1" = -f ] || exec /usr/bin/stat "$@"\ncase "$4" in ${there.data}) ${answer(free.data)};; *) ${answer(free.tmp)};; esac`,
    );
    return { ...there, check: () => there.scriptBehind(programs, "verify.sh", "--allow-unsigned") };
  }

  /** Bytes of what a package starts with; the longest part of Node after the first comes on top. */
  function bytesOf({ manifest }: Host): number {
    const sizes = (pattern: RegExp) =>
      Object.entries(manifest.files).flatMap(([path, { size }]) => (pattern.test(path) ? [size] : []));
    const [, ...later] = sizes(/^tools\/node\./);
    const all = sizes(/^tools\/(node\.\d+|deploy\.mjs|hash-worker\.mjs)$/).reduce((sum, size) => sum + size, 0);
    return all + Math.max(0, ...later) + manifest.text.length;
  }

  it.each([[undefined], [32], [4096]])("is that of Node and the program, parts of %s bytes", async (partSize) => {
    const exact = bytesOf(await host({ ...(partSize === undefined ? {} : { partSize }) }));
    const just = await tight({ data: `${exact} 10 10`, tmp: "0" }, partSize);
    expect(bytesOf(just)).toBe(exact);
    expect(await just.check()).toMatchObject({ status: 0, stdout: verified(just), stderr: unsigned });
    const less = await tight({ data: `${exact - 1} 10 10`, tmp: `${exact} 0 0` }, partSize);
    expect(await less.check()).toMatchObject({ status: 0, stdout: verified(less), stderr: unsigned });
  });

  it("is told with each folder and what is free there", async () => {
    const none = await tight({ data: "0 10 10", tmp: "1048576 9 10" });
    const needed = `${(bytesOf(none) / 1024 ** 2).toFixed(1)} MiB`;
    expect(await none.check()).toMatchObject(
      refused(
        `${unsigned}There is no room to start from, which takes ${needed}: ${none.data} has 0.0 MiB free, ` +
          "/tmp has 9 inodes free; free space there, or name another folder with --data",
      ),
    );
  });

  it("is none for the Node that a version has unpacked, and for no other", async () => {
    const there = await tight({ data: "0 10 10", tmp: "0 10 10" });
    const { digest } = there.manifest.tools.node;
    const node = join(there.data, "tools", shortDigest(digest), "node");
    mkdirSync(dirname(node), { recursive: true });
    for (const name of ["state", "versions"]) mkdirSync(join(there.data, name));
    writeFileSync(join(there.data, ".gemma-own"), "");
    writeFileSync(node, tinyNode, { mode: 0o755 });
    const { text } = there.manifest;
    const rest = ["deploy.mjs", "hash-worker.mjs"].map((name) => there.manifest.files[`tools/${name}`]?.size ?? 0);
    const needed = text.length + rest.reduce((sum, size) => sum + size, 0);
    const one = `. "$0"; here=$1; data=$2; read_manifest; runtime_bytes "$(unpacked_node)"`;
    const bytes = async () =>
      Number(
        await must("bash", ["-c", one, join(projectFolder, "offline/scripts/bootstrap.sh"), there.package, there.data]),
      );
    expect(await bytes()).toBe(needed - text.length);
    writeFileSync(node, `${tinyNode}# another\n`);
    expect(await bytes()).toBe(bytesOf(there) - text.length);
  });
});

describe("programs that a check has left", () => {
  it("are removed by a deployment when it was killed, and not while it runs", async () => {
    const there = await host();
    const folders = ["check.killed", "check.atwork", "check.others"].map((name) => join(there.data, name));
    for (const folder of folders) mkdirSync(folder, { recursive: true });
    for (const folder of [there.data, ...folders.slice(0, 2)]) writeFileSync(join(folder, ".gemma-own"), "");
    const holder = spawn("flock", ["-F", "-s", folders[1] ?? "", "sh", "-c", "echo held; exec sleep 60"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    await once(holder.stdout, "data");
    try {
      expect((await there.script("deploy.sh", "--allow-unsigned")).status).toBe(0);
      expect(folders.map((folder) => existsSync(folder))).toEqual([false, true, true]);
    } finally {
      holder.kill();
    }
  });
});

describe("a disk that gives back other bytes the next time", () => {
  it("changes nothing of a manifest whose signature was checked", async () => {
    const there = await host();
    const { key, list } = await signer("alice@example.org");
    await sign(there.package, key);
    const programs = tempFolder();
    const swap = `echo '{"evil": true}' >'${there.package}/manifest.json'`;
    writeProgram(join(programs, "ssh-keygen"), `/usr/bin/ssh-keygen "$@"; status=$?; ${swap}; exit $status`);
    expect(await there.scriptBehind(programs, "verify.sh", "--allowed-signers", list)).toMatchObject({
      status: 0,
      stdout: started(there, "verify --signer alice@example.org"),
      stderr: "Signed by alice@example.org\n",
    });
    expect(readFileSync(join(there.package, "manifest.json"), "utf8")).toBe('{"evil": true}\n');
  });

  it("changes nothing of a Node and a program that were compared", async () => {
    const there = await host();
    const programs = tempFolder();
    const swap = `for file in '${there.package}'/tools/*; do echo 'echo evil' >"$file.evil"; done`;
    const use = `for file in '${there.package}'/tools/*.evil; do cat "$file" >"\${file%.evil}"; rm "$file"; done`;
    // After what was copied is compared, and never before the copy is made.
    writeProgram(
      join(programs, "sha256sum"),
      `/usr/bin/sha256sum "$@"; case $(readlink /proc/self/fd/0) in *hash-worker.mjs) ${swap}; ${use} ;; esac`,
    );
    expect(await there.scriptBehind(programs, "verify.sh", "--allow-unsigned")).toMatchObject({
      status: 0,
      stdout: verified(there),
      stderr: unsigned,
    });
    expect(readFileSync(join(there.package, "tools/deploy.mjs"), "utf8")).toBe("echo evil\n");
  });
});

describe("folders with blanks and Korean letters", () => {
  it("are as good as others", async () => {
    const there = await host({ package: "받은 패키지 1.0", data: "데이터 폴더/it's $HOME" });
    const { key, list } = await signer("alice@example.org");
    await sign(there.package, key);
    const signers = join(tempFolder(), "서명자 목록");
    writeFileSync(signers, readFileSync(list));
    for (const [name, mode, ...args] of [
      ["verify.sh", "verify"],
      ["deploy.sh", "check", "--check"],
      ["deploy.sh", "deploy"],
    ] as const)
      expect(await there.script(name, ...args, "--allowed-signers", signers)).toMatchObject({
        status: 0,
        stdout: started(there, mode === "check" ? mode : `${mode} --signer alice@example.org`),
        stderr: "Signed by alice@example.org\n",
      });
  });
});

describe("a Node that cannot be run", () => {
  /** What is said of a program of the system some of whose bytes were replaced by others. */
  async function said(replaced: Readonly<Record<string, string>>, mode = 0o755): Promise<Result> {
    const file = join(tempFolder(), "node");
    let bytes = readFileSync("/usr/bin/env", "latin1");
    for (const [from, to] of Object.entries(replaced)) {
      if (!bytes.includes(from)) throw new Error(`There is no ${from} in it`);
      bytes = bytes.replaceAll(from, to);
    }
    writeFileSync(file, bytes, { encoding: "latin1", mode });
    const lines = [
      "set -euo pipefail",
      `. ${projectFolder}offline/scripts/bootstrap.sh`,
      "node=$1",
      "check_node",
      "echo runs",
    ];
    const script = join(tempFolder({ "script.sh": lines.join("\n") }), "script.sh");
    const result = await run("bash", [script, file]);
    return { ...result, stderr: result.stderr.replaceAll(join(file, ".."), "PLACE") };
  }

  it("is none of the system's as they are", async () => {
    expect(await said({})).toMatchObject({ status: 0, stdout: "runs\n", stderr: "" });
  });

  it("needs a newer glibc, and the newest is named", async () => {
    const found = (await must("getconf", ["GNU_LIBC_VERSION"])).trim();
    const versions = [...readFileSync("/usr/bin/env", "latin1").matchAll(/GLIBC_2\.\d+\0/g)].map(([text]) => text);
    const [one = "", two = ""] = versions.filter((text) => text.length === "GLIBC_2.34\0".length);
    const needed = two === "" ? { [one]: "GLIBC_2.99\0" } : { [one]: "GLIBC_2.98\0", [two]: "GLIBC_2.99\0" };
    expect(await said(needed)).toMatchObject(
      refused(`Node needs glibc 2.99 or newer, and this host has ${found}: use a newer release of its system`),
    );
  });

  it("needs a library that the host does not have", async () => {
    expect(await said({ "libc.so.6\0": "libc.so.9\0" })).toMatchObject(
      refused("Node needs libc.so.9, which this host does not have: install it with the system's packages"),
    );
  });

  it("needs a C library of another kind", async () => {
    expect(await said({ "ld-linux-x86-64.so.2": "ld-other-x86-64.so.2" })).toMatchObject(
      refused("Node needs glibc, and this host has another C library: use a system with glibc"),
    );
  });

  it("lies on a disk that allows no programs", async () => {
    expect(await said({}, 0o644)).toMatchObject(
      refused(
        "PLACE/node cannot be run: PLACE may be on a disk that allows no programs; name another folder with --data",
      ),
    );
  });
});

/** Why no disk can be mounted for a test; undefined when one can. */
const noMounts = (await run("unshare", ["--mount", "--map-root-user", "true"])).output.trim() || undefined;
if (noMounts !== undefined) process.stderr.write(`Packages on read-only disks are not tested: ${noMounts}\n`);

describe.skipIf(noMounts !== undefined)("a package on a disk that is read-only and allows no programs", () => {
  it("is verified, checked and deployed like others, and left as it is", async () => {
    const there = await host();
    const mount = `mount --bind "$0" "$0" && mount -o remount,bind,ro,noexec "$0"`;
    const script = async (name: string, ...args: string[]) => {
      const command = `${mount} && ! touch "$0/new" 2>/dev/null && ! "$0/tools/node.000" 2>/dev/null && exec bash "$0/$@"`;
      const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", SHLVL: "5" };
      const own = [command, there.package, name, "--allow-unsigned", "--data", there.data, ...args];
      return run("unshare", ["--mount", "--map-root-user", "bash", "-c", ...own], { env, cwd: "/" });
    };
    const files = () => must("sh", ["-c", `cd ${there.package} && find . -type f -exec sha256sum {} + | sort`]);
    const before = await files();
    expect(await script("verify.sh")).toEqual({
      status: 0,
      stdout: started(there, "verify"),
      stderr: unsigned,
      output: expect.anything() as string,
    });
    expect(await script("deploy.sh", "--check")).toMatchObject({ status: 0, stdout: started(there, "check") });
    expect(await script("deploy.sh")).toMatchObject({ status: 0, stdout: started(there, "deploy") });
    expect(await files()).toBe(before);
  });
});

describe.skipIf(noMounts !== undefined)("a data folder on a disk that is mounted read-only", () => {
  it.each([["--allow-unsigned"], ["--rollback"], ["--uninstall"]])("is named: deploy.sh %s", async (option) => {
    const there = await host();
    mkdirSync(there.data);
    writeFileSync(join(there.data, ".gemma-own"), "");
    const version = join(there.data, "versions/0123456789ab");
    mkdirSync(version, { recursive: true });
    writeFileSync(join(version, "manifest.json"), canonical(manifestWith()));
    const command = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec bash "$@" --data "$0"';
    const own = [command, there.data, join(there.package, "deploy.sh"), option];
    const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", SHLVL: "5" };
    const refusal = `${there.data} is on a disk that is mounted read-only: mount it for writing, or name another folder with --data; nothing was changed\n`;
    expect(await run("unshare", ["--mount", "--map-root-user", "bash", "-c", ...own], { env, cwd: "/" })).toMatchObject(
      {
        status: exitStatus.refused,
        stdout: "",
        stderr: option === "--allow-unsigned" ? `${unsigned}${refusal}` : refusal,
      },
    );
  });
});

describe("the exit statuses of the scripts", () => {
  it("are those of the program", async () => {
    const print = `. '${projectFolder}offline/scripts/bootstrap.sh'; for name in "\${!exit_status[@]}"; do echo "$name \${exit_status[$name]}"; done`;
    const pairs = (await must("bash", ["-c", print])).trim().split("\n");
    expect(pairs.sort()).toEqual(
      Object.entries(exitStatus)
        .map(([name, status]) => `${name} ${status}`)
        .sort(),
    );
  });
});

describe("the options of the scripts", () => {
  const usage = [
    "usage: deploy.sh [--check [--json]] [--data DIR] [--allowed-signers FILE] [--allow-unsigned]",
    "                 [--allow-older] [--discard-changes] [--skip-trial]",
    "       deploy.sh --restore FOLDER [--check] [--data DIR] [--allowed-signers FILE] [--allow-unsigned]",
    "       deploy.sh --status [--json] [--data DIR]",
    "       deploy.sh --rollback [--data DIR]",
    "       deploy.sh --uninstall [--purge] [--data DIR]",
    "",
    "  --check              only look whether this host is ready; --json for programs",
    "  --restore FOLDER     first lay state, passphrase and configuration from a backup that operate.sh backup has written",
    "  --status             tell what is deployed and how it is; --json for programs",
    "  --data DIR           where state, passphrase and versions are kept (/var/lib/gemma)",
    "  --allowed-signers F  keys that may sign packages, in OpenSSH's format (/etc/gemma/allowed_signers)",
    "  --allow-unsigned     take a package whose maker cannot be checked",
    "  --allow-older        take a package that is older than the version that serves",
    "  --discard-changes    take a package that undoes what was changed here in the configuration",
    "  --skip-trial         put the new version in its place without trying it beside the old one first",
    "  --rollback           go back to the version before, from what is on this host",
    "  --uninstall          remove containers, networks and images; --purge state and passphrase as well",
    "",
    "Exit status: 0 done, or nothing to do; 1 failed; 2 wrong usage; 3 refused, or the host is not ready; 4 the package is",
    "not trusted, or is damaged; 5 the new version failed, and the old one serves; 6 another run is at work; 7 nothing of",
    "this service is there; 128 and the signal's number when it was stopped. GUIDE.en.md and GUIDE.ko.md say more.",
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
      stdout:
        "usage: verify.sh [--allowed-signers FILE] [--allow-unsigned] [--data DIR]\n\n" +
        "Exit status: 0 verified; 1 failed; 2 wrong usage; 3 it cannot be run here; 4 not trusted, or damaged\n",
      stderr: "",
    });
  });

  it.each(["--unknown", "prod", "--data=/data", ""])("are no others: deploy.sh %j", async (arg) => {
    expect(await script("deploy.sh", ["--check", arg])).toMatchObject(
      misused(`${arg} is not known\n${usage.trimEnd()}`),
    );
  });

  it.each(["--unknown", "--check"])("are no others: verify.sh %s", async (arg) => {
    expect(await script("verify.sh", [arg])).toMatchObject(
      misused(`${arg} is not known; verify.sh --help says what is`),
    );
  });

  it.each([
    ["deploy.sh", "--data"],
    ["deploy.sh", "--allowed-signers"],
    ["deploy.sh", "--restore"],
    ["verify.sh", "--data"],
    ["verify.sh", "--allowed-signers"],
  ])("have their values: %s %s", async (name, option) => {
    expect(await script(name, ["--allow-unsigned", option])).toMatchObject(misused(`${option} needs a value`));
  });

  it.each([["--rollback"], ["--uninstall"], ["--uninstall", "--purge"]])(
    "find nothing to work on in an empty data folder: deploy.sh %s",
    async (...args) => {
      const data = join(tempFolder(), "data");
      expect(await script("deploy.sh", [...args, "--data", data])).toMatchObject(
        absent(`There is nothing of this service in ${data}`),
      );
    },
  );

  it.each([
    [["--allow-older"], "--mode deploy --allow-older"],
    [["--discard-changes"], "--mode deploy --discard-changes"],
    [["--skip-trial"], "--mode deploy --skip-trial"],
    [["--restore", "/mnt/a backup/"], "--mode deploy --restore /mnt/a backup"],
    [["--restore", "/mnt/x", "--check"], "--mode check --restore /mnt/x"],
    [
      ["--check", "--json", "--discard-changes", "--allow-older"],
      "--mode check --json --allow-older --discard-changes",
    ],
  ])("are handed on to the package's program: deploy.sh %j", async (args, passed) => {
    const there = await host();
    expect(await there.script("deploy.sh", "--allow-unsigned", ...args)).toMatchObject({
      status: 0,
      stdout: `--package ${there.package} --data ${there.data} ${passed} with ${there.manifest.digest}\n`,
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
      stdout: `${data}/versions/bbbbbbbbbbbb/program\n${data} is kept, with state and passphrase; --purge removes it.\n`,
    });
  });

  it("do not deploy from a deployed version", async () => {
    const data = realpathSync(tempFolder());
    const version = join(data, "versions/0123456789ab");
    mkdirSync(join(version, "cli"), { recursive: true });
    for (const name of ["bootstrap.sh", "data-folder.sh", "deploy.sh", "installed.sh", "run-log.sh"])
      writeFileSync(join(version, name), readFileSync(join(projectFolder, "offline/scripts", name)));
    const env = { PATH: "/usr/bin:/bin", SHLVL: "5" };
    expect(await run("bash", [join(version, "deploy.sh")], { env })).toMatchObject(
      misused(
        "This is the deployed version's own script: start the deploy.sh of a package, or use --status, --rollback or --uninstall",
      ),
    );
    writeProgram(join(version, "bin/node"), 'echo "$PWD: $*"');
    mkdirSync(join(version, "program"));
    writeFileSync(join(version, "manifest.json"), "{}");
    symlinkSync("versions/0123456789ab", join(data, "current"));
    expect(await run("bash", [join(version, "deploy.sh"), "--uninstall", "--purge"], { env })).toMatchObject({
      status: 0,
      stdout: `${data}/current/program: commands/uninstall.ts --data ${data}\n${data} is empty.\n`,
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
  const tools = ["awk", "flock", "head", "mktemp", "realpath", "sha256sum", "stat", "tar"];
  const needed = ["dirname", "uname", ...tools];

  it.each(tools)("needs %s", async (tool) => {
    expect(await check(pathWith(needed.filter((name) => name !== tool)))).toMatchObject(
      refused(`This host has no ${tool}: install it with the system's packages`),
    );
  });

  it("needs no more before the package is looked at", async () => {
    expect(await check(pathWith(needed))).toMatchObject(
      untrusted(`manifest.json is missing in ${projectFolder}offline/scripts: copy the package again`),
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
