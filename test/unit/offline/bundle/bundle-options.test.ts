import { describe, expect, it } from "vitest";
import { bundleOptions, type BundleOptions } from "../../../../offline/bundle/bundle-options.ts";
import { Failure } from "../../../../support/failure.ts";

const usage =
  "npm run bundle -s prod -- --out DIR [--since OLD_MANIFEST] [--sign KEY] [--part-size 1GiB] [--archive] " +
  "[--skip-rehearsal | --rehearse-without-gpu]";

const least: BundleOptions = {
  stack: "prod",
  out: "/media/usb",
  since: undefined,
  sign: undefined,
  partSize: 1024 ** 3,
  archive: false,
  rehearsal: "passed",
};

function refusal(...args: string[]): string {
  try {
    bundleOptions(args);
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
  return "taken";
}

describe("the command line of the bundle", () => {
  it.each([
    ["a name", ["prod", "--out", "/media/usb"]],
    ["a name behind the options", ["--out", "/media/usb", "prod"]],
    ["-s", ["-s", "prod", "--out", "/media/usb"]],
    ["--stack", ["--stack", "prod", "--out=/media/usb"]],
  ])("takes the stack as %s, and the rest as it is", (_, args) => {
    expect(bundleOptions(args)).toEqual(least);
  });

  it.each([
    [["--since", "old.json"], { since: "old.json" }],
    [["--sign", "key"], { sign: "key" }],
    [["--archive"], { archive: true }],
    [["--skip-rehearsal"], { rehearsal: "skipped" }],
    [["--rehearse-without-gpu"], { rehearsal: "passed without GPU" }],
    [["--part-size", "1MiB"], { partSize: 1024 ** 2 }],
    [["--part-size", "4095m"], { partSize: 4095 * 1024 ** 2 }],
    [["--part-size", "3.5GiB"], { partSize: 3.5 * 1024 ** 3 }],
    [["--part-size", "4294967295b"], { partSize: 4 * 1024 ** 3 - 1 }],
  ])("takes %j", (args, change) => {
    expect(bundleOptions(["prod", "--out", "/media/usb", ...args])).toEqual({ ...least, ...change });
  });

  it.each([
    [[]],
    [["prod"]],
    [["--out", "/media/usb"]],
    [["prod", "dev", "--out", "/media/usb"]],
    [["-s", "prod", "more", "even more", "--out", "/media/usb"]],
  ])("asks for stack and folder with %j", (args) => {
    expect(refusal(...args)).toBe(`Name the stack and the package's folder: ${usage}`);
  });

  it.each(["1048575b", "4GiB", "4294967296b", "0", "1", "huge", "-1GiB", "1.0000001m", ""])(
    "refuses parts of %j",
    (size) => {
      expect(refusal("prod", "--out", "/media/usb", `--part-size=${size}`)).toBe(
        `--part-size is ${size}: write 1MiB or more and less than 4GiB, which FAT ends at`,
      );
    },
  );

  it("refuses two ways to rehearse", () => {
    expect(refusal("prod", "--out", "x", "--rehearse-without-gpu", "--skip-rehearsal")).toBe(
      "Write one of --skip-rehearsal and --rehearse-without-gpu",
    );
  });

  it.each([
    ["--fast", "Unknown option '--fast'. To specify a positional argument starting with a '-', place it at the end of"],
    ["--out", "Option '--out <value>' argument missing"],
    ["--archive=yes", "Option '--archive' does not take an argument"],
  ])("shows what there is for %s", (option, reason) => {
    const message = refusal("prod", option);
    expect(message.startsWith(reason)).toBe(true);
    expect(message.endsWith(`\n${usage}`)).toBe(true);
    expect(message.split("\n")).toHaveLength(2);
  });
});
