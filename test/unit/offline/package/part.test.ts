import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Part } from "../../../../offline/package/part.ts";
import { hex } from "../../support/bytes.ts";
import { tempFolder } from "../../support/temp-folder.ts";

describe("a part", () => {
  it("has its name only once it is finished", async () => {
    const file = join(tempFolder(), "part.000");
    const part = await Part.open(file, false);
    await part.write(Buffer.from("one "));
    await part.write(Buffer.from("two"));
    expect([existsSync(file), readFileSync(`${file}.partial`, "utf8"), part.size]).toEqual([false, "one two", 7]);
    expect(await part.finish()).toEqual({ size: 7, sha256: hex("one two") });
    expect([readFileSync(file, "utf8"), existsSync(`${file}.partial`)]).toEqual(["one two", false]);
  });

  it("takes the place of one that was there, and of what a killed run left", async () => {
    const folder = tempFolder({ part: "old", "part.partial": "much longer than new" });
    const part = await Part.open(join(folder, "part"), false);
    expect(readFileSync(join(folder, "part"), "utf8")).toBe("old");
    await part.write(Buffer.from("new"));
    await part.finish();
    expect(readFileSync(join(folder, "part"), "utf8")).toBe("new");
  });

  it("is only compared when it is there already, and touches nothing", async () => {
    const folder = tempFolder({ part: "old" });
    const part = await Part.open(join(folder, "part"), true);
    await part.write(Buffer.from("new bytes"));
    expect(await part.finish()).toEqual({ size: 9, sha256: hex("new bytes") });
    expect(readFileSync(join(folder, "part"), "utf8")).toBe("old");
    expect(existsSync(join(folder, "part.partial"))).toBe(false);
  });

  it.each([false, true])("never has its name when it is given up (compared: %s)", async (compare) => {
    const file = join(tempFolder(), "part");
    const part = await Part.open(file, compare);
    await part.write(Buffer.from("half"));
    await part.abort();
    expect(existsSync(file)).toBe(false);
  });

  it("may be empty", async () => {
    const file = join(tempFolder(), "part");
    expect(await (await Part.open(file, false)).finish()).toEqual({ size: 0, sha256: hex("") });
    expect(readFileSync(file, "utf8")).toBe("");
  });
});
