import { defineConfig } from "vitest/config";

/** What the tests that run real containers have in common: those of a project go one after another. */
const withDocker = (timeout: number) => ({
  globalSetup: "test/support/registry-setup.ts",
  testTimeout: timeout,
  hookTimeout: timeout,
  fileParallelism: false,
});

const onEveryEngine = ["test/e2e/engines/*.test.ts", "test/e2e/{gpu,models,prod,replacement}.test.ts"];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          maxWorkers: "100%",
          // None needs as long, but one that starts Pulumi's program waits for its turn on a busy machine.
          testTimeout: 30_000,
          setupFiles: "test/unit/support/no-sync.ts",
        },
      },
      { test: { name: "integration", include: ["test/integration/**/*.test.ts"], ...withDocker(120_000) } },
      {
        test: {
          name: "integration-engines",
          include: ["test/integration/**/*.test.ts"],
          // How HAProxy, the usher and Prometheus serve, and what measures them, is the same on every engine.
          exclude: [
            "test/integration/{edge-answers,edge-changes,edge-errors,edge-turns,usher,whole-gateway}.test.ts",
            "test/integration/{alerts,load,monitoring-files,monitoring-networks,report,test-api}.test.ts",
          ],
          ...withDocker(120_000),
        },
      },
      // Clients of other languages, with `npm run test:clients` alone, which sets up what they need.
      {
        test: {
          name: "clients",
          include: ["test/clients/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      // Those that build images of the model in this host's engine share them, so that one begins when another has ended.
      { test: { name: "e2e", include: ["test/e2e/*.test.ts"], ...withDocker(300_000) } },
      // What engines differ in: images, packages, networks, GPUs and replacement. It runs on Docker 29.
      { test: { name: "e2e-engines", include: onEveryEngine, ...withDocker(300_000) } },
      { test: { name: "e2e-embedded", include: ["test/e2e/embedded/*.test.ts"], ...withDocker(300_000) } },
      { test: { name: "e2e-package", include: ["test/e2e/package/*.test.ts"], ...withDocker(300_000) } },
      { test: { name: "e2e-package-faults", include: ["test/e2e/package-faults/*.test.ts"], ...withDocker(300_000) } },
    ],
  },
});
