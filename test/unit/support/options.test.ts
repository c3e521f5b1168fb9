import { afterEach, expect, it, vi } from "vitest";
import { exitStatus } from "../../../support/exit-status.ts";
import { Failure } from "../../../support/failure.ts";
import { readOptions, stackArgument, UsageAsked } from "../../../support/options.ts";

function withArguments(...args: string[]): void {
  vi.spyOn(process, "argv", "get").mockReturnValue(["node", "health.ts", ...args]);
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

it.each([[["dev"]], [["-s", "dev"]], [["--stack", "dev"]], [["--stack=dev"]]])("reads %j as the stack dev", (args) => {
  withArguments(...args);
  expect(stackArgument("health")).toBe("dev");
});

it.each([[[]], [["dev", "prod"]], [["other", "-s", "dev"]]])("does not take %j for one stack", (args) => {
  withArguments(...args);
  expect(() => stackArgument("health")).toThrow(
    new Failure("Name one stack, for example: npm run health -s dev", exitStatus.usage),
  );
});

it.each([
  [["dev", "--verbose"], "Unknown option '--verbose'"],
  [["-s"], "Option '-s, --stack <value>' argument missing"],
])("refuses %j, and says how to write it", (args, reason) => {
  withArguments(...args);
  expect(() => stackArgument("health")).toThrow(new RegExp(`^${reason}.*\\nnpm run health -s dev$`, "s"));
});

it.each([[["--help"]], [["dev", "-h"]], [["-s", "dev", "--help"]]])(
  "tells with %j how to write the command",
  (args) => {
    withArguments(...args);
    expect(() => stackArgument("health")).toThrow(new UsageAsked("usage: npm run health -s dev"));
  },
);

it("names the command as it was started on a closed host", () => {
  vi.stubEnv("GEMMA_CALLED_FROM", "/root");
  const usage = "npm run doctor -s dev -- [--fix]";
  withArguments("--help");
  expect(() => readOptions({}, usage)).toThrow(new UsageAsked("usage: operate.sh doctor [--fix]"));
  withArguments("--mend");
  expect(() => readOptions({}, usage)).toThrow(/^Unknown option '--mend'.*\noperate\.sh doctor \[--fix\]$/s);
});
