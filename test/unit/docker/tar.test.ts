import { buffer } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { folder, foldersAbove, tar, type TarEntry } from "../../../docker/tar.ts";
import { failureOf } from "../support/temp-folder.ts";
import { entriesOf, leaksOf, listed } from "./archives.ts";

const chunk = Buffer.alloc(64 * 1024, "x");

/** A stream of chunks, and a promise of its end, whether it was read through or given up. */
function source(chunks: number, failure?: Error) {
  const { promise: ended, resolve: end } = Promise.withResolvers<number>();
  const content = async function* () {
    let sent = 0;
    try {
      for (; sent < chunks; sent++) yield await Promise.resolve(chunk);
      if (failure) throw failure;
    } finally {
      end(sent);
    }
  };
  return { content: content(), size: chunks * chunk.length, ended };
}

const streamed = (chunks: number, failure?: Error): TarEntry => {
  const { content, size } = source(chunks, failure);
  return { header: { name: "streamed", size }, content };
};

describe("tar", () => {
  it("writes texts, bytes, streams, folders and links in the order of the entries", async () => {
    const archive = await buffer(
      tar([
        folder("a"),
        { header: { name: "a/text" }, content: "text" },
        streamed(20),
        { header: { name: "a/bytes" }, content: new Uint8Array([1, 2]) },
        { header: { name: "a/link", type: "symlink", linkname: "text" } },
        { header: { name: "a/same", type: "link", linkname: "a/text" } },
        { header: { name: "a/empty" } },
      ]),
    );
    const entries = await entriesOf(archive);
    expect(listed(entries)).toEqual([
      "directory a",
      "file a/text",
      "file streamed",
      "file a/bytes",
      "symlink a/link",
      "link a/same",
      "file a/empty",
    ]);
    expect(entries.map(({ content }) => content.toString("latin1"))).toEqual([
      "",
      "text",
      "x".repeat(20 * chunk.length),
      "\u0001\u0002",
      "",
      "",
      "",
    ]);
  });

  it("gives every entry time 0, root as owner, and the mode it asks for, else 755 for folders and 644 for files", async () => {
    const archive = await buffer(
      tar([
        folder("a"),
        { header: { name: "run", mode: 0o700 }, content: "x" },
        { header: { name: "f" } },
        streamed(1),
      ]),
    );
    expect((await entriesOf(archive)).map(({ mtime, owner, mode }) => [mtime, owner, mode.toString(8)])).toEqual([
      [0, [0, 0, "", ""], "755"],
      [0, [0, 0, "", ""], "700"],
      [0, [0, 0, "", ""], "644"],
      [0, [0, 0, "", ""], "644"],
    ]);
  });

  it("keeps where links point to", async () => {
    const archive = await buffer(
      tar([{ header: { name: "b/layer.tar", type: "symlink", linkname: "../a/layer.tar" } }]),
    );
    // Name, then at 157 what it links to.
    expect(archive.subarray(0, 11).toString()).toBe("b/layer.tar");
    expect(archive.subarray(157, 172).toString()).toBe("../a/layer.tar\0");
  });

  it("takes entries that come one after the other", async () => {
    const entries = async function* () {
      yield await Promise.resolve(folder("a"));
      yield streamed(3);
      yield { header: { name: "last" }, content: "end" };
    };
    expect(listed(await entriesOf(await buffer(tar(entries()))))).toEqual([
      "directory a",
      "file streamed",
      "file last",
    ]);
  });

  it("takes no more from a stream than its reader does", async () => {
    let taken = 0;
    const content = async function* () {
      for (; taken < 100; taken++) yield await Promise.resolve(chunk);
    };
    const archive = tar([{ header: { name: "streamed", size: 100 * chunk.length }, content: content() }]);
    const reader = archive[Symbol.asyncIterator]();
    await reader.next();
    await setTimeout(50);
    expect(taken).toBeLessThan(3);
    await reader.return?.();
  });

  it("is a valid archive without any entry", async () => {
    expect(await buffer(tar([]))).toEqual(Buffer.alloc(1024));
  });

  it.each([0, 1, 100])("ends with the error of a content after %i chunks, and with that alone", async (chunks) => {
    const failure = new Error("The blob is damaged");
    let caught: unknown;
    const leaks = await leaksOf(async () => {
      caught = await buffer(tar([streamed(chunks, failure)])).catch((error: unknown) => error);
    });
    expect(caught).toBe(failure);
    expect(leaks).toEqual([]);
  });

  it("ends with the error of the entries", async () => {
    const entries = async function* () {
      yield await Promise.resolve(folder("a"));
      throw new Error("No further entry");
    };
    expect(await failureOf(buffer(tar(entries())))).toBe("No further entry");
  });

  it("makes an error of whatever else is thrown", async () => {
    const entries = async function* () {
      yield await Promise.resolve(folder("a"));
      // eslint-disable-next-line @typescript-eslint/only-throw-error
      throw "a text";
    };
    expect(await failureOf(buffer(tar(entries())))).toBe("a text");
  });

  it.each([
    ["fewer", 2 * chunk.length],
    ["more", chunk.length - 1],
  ])("ends with an error when a stream has %s bytes than it was said to have", async (_, size) => {
    const leaks = await leaksOf(async () => {
      const entry = { header: { name: "streamed", size }, content: source(1).content };
      expect(await failureOf(buffer(tar([entry])))).toBe("Size mismatch");
    });
    expect(leaks).toEqual([]);
  });
});

describe("a reader of a tar that stops early", () => {
  it("ends the content that is being written, which would otherwise wait forever", async () => {
    const { content, size, ended } = source(1000);
    const leaks = await leaksOf(async () => {
      let first: Uint8Array | undefined;
      for await (const bytes of tar([{ header: { name: "large", size }, content }, streamed(1)])) {
        first = bytes as Uint8Array;
        break;
      }
      expect(first?.length).toBe(512);
      expect(await ended).toBeLessThan(1000);
    });
    expect(leaks).toEqual([]);
  });

  it("ends the entries as well, without asking for the next", async () => {
    const { promise: ended, resolve: end } = Promise.withResolvers<number>();
    const entries = async function* () {
      let asked = 0;
      try {
        for (; asked < 10; asked++) yield await Promise.resolve(streamed(100));
      } finally {
        end(asked);
      }
    };
    const leaks = await leaksOf(async () => {
      const reader = tar(entries())[Symbol.asyncIterator]();
      await reader.next();
      await reader.return?.();
      expect(await ended).toBe(0);
    });
    expect(leaks).toEqual([]);
  });

  it("may stop before it has read anything", async () => {
    const { promise: ended, resolve: end } = Promise.withResolvers<boolean>();
    const entries = async function* () {
      try {
        yield await Promise.resolve(streamed(100));
      } finally {
        end(true);
      }
    };
    const leaks = await leaksOf(async () => {
      tar(entries()).destroy();
      expect(await ended).toBe(true);
    });
    expect(leaks).toEqual([]);
  });
});

describe("foldersAbove", () => {
  it("has every folder once, parents first", () => {
    const paths = ["b/c/d/file", "a/file", "b/c/other", "b-c/file", "file"];
    expect(foldersAbove(paths)).toEqual(["a", "b", "b-c", "b/c", "b/c/d"].map(folder));
  });

  it("is empty where there is none", () => {
    expect(foldersAbove(["file"])).toEqual([]);
  });
});

describe("folder", () => {
  it("is open to all and writable for its owner", () => {
    expect(folder("a/b")).toEqual({ header: { name: "a/b", type: "directory", mode: 0o755 } });
  });
});
