import { describe, expect, it } from "vitest";
import { firstLine, unusable } from "../../../engine/volume-rights.ts";

const about = { volume: "models", userId: 10001, refused: "chown: .: Operation not permitted" };

describe("firstLine", () => {
  it.each([
    ["chown: a: refused", "chown: a: refused"],
    ["chown: a: refused\nchown: b: refused\nchown: c: refused", "chown: a: refused, and 2 more of the kind"],
    ["chown: a: refused\nchown: a: refused", "chown: a: refused"],
  ])("%j is %j", (text, line) => {
    expect(firstLine(text)).toBe(line);
  });
});

describe("unusable", () => {
  it.each([
    ["touch: ./.write-test: Read-only file system", "make it anew without `ro` among its options"],
    ["touch: ./.write-test: No space left on device", "free space, and run `pulumi up` again"],
    ["touch: ./.write-test: Disk quota exceeded", "free space, and run `pulumi up` again"],
    ["touch: ./.write-test: Permission denied", "with `uid=10001,gid=10001` among the options of a CIFS or vfat mount"],
  ])("names the reason %j, and advises: %s", (reason, advice) => {
    const { message } = unusable({ ...about, reason });
    expect(message).toContain(`(${reason})`);
    expect(message).toContain(advice);
  });

  it("says what is in the way of a user to whom the volume belongs, as a security module may be", () => {
    expect(unusable({ ...about, refused: undefined, reason: "touch: .: Permission denied" }).message).toBe(
      "The user 10001 cannot use the volume models, although it is its own: touch: .: Permission denied",
    );
  });

  it("leaves a volume that cannot be mounted to its own sentence", () => {
    const reason = "Docker cannot mount the volume models: no such device. Correct it";
    expect(unusable({ ...about, reason }).message).toBe(reason);
  });
});
