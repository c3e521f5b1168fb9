import { defineConfig } from "vitest/config";

/** What the tests that run real containers have in common: those of a project go one after another. */
const withDocker = (timeout: number) => ({
  globalSetup: "test/support/registry-setup.ts",
  testTimeout: timeout,
  hookTimeout: timeout,
  fileParallelism: false,
});

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          maxWorkers: "100%",
          setupFiles: "test/unit/support/no-sync.ts",
        },
      },
      { test: { name: "integration", include: ["test/integration/**/*.test.ts"], ...withDocker(120_000) } },
      // Those that build images of the model in this host's engine share them, so that one begins when another has ended.
      { test: { name: "e2e", include: ["test/e2e/*.test.ts"], ...withDocker(300_000) } },
      { test: { name: "e2e-embedded", include: ["test/e2e/embedded/*.test.ts"], ...withDocker(300_000) } },
    ],
  },
});
