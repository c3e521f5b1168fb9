import js from "@eslint/js";
import pulumi from "@pulumi/eslint-plugin";
import { createNodeResolver, importX } from "eslint-plugin-import-x";
import tseslint from "typescript-eslint";

/** What each part may import besides itself and packages. */
const directions = {
  commands: [
    "offline",
    "operations",
    "runner",
    "monitoring",
    "components",
    "engine",
    "docker",
    "edge",
    "gateway",
    "ollama",
    "config",
    "support",
  ],
  operations: [
    ...["offline", "runner", "watcher", "monitoring", "components", "engine", "docker", "edge", "gateway", "ollama"],
    ...["config", "support"],
  ],
  offline: ["runner", "monitoring", "components", "engine", "docker", "edge", "gateway", "ollama", "config", "support"],
  runner: [
    "index.ts",
    "monitoring",
    "components",
    "engine",
    "docker",
    "edge",
    "gateway",
    "ollama",
    "config",
    "support",
  ],
  "index.ts": ["components", "engine", "config", "support"],
  components: ["monitoring", "watcher", "engine", "docker", "edge", "gateway", "ollama", "usher", "config", "support"],
  engine: ["monitoring", "docker", "edge", "gateway", "ollama", "config", "support"],
  docker: ["ollama", "config", "support"],
  edge: ["config", "ollama", "support"],
  gateway: ["config", "support"],
  ollama: ["config", "support"],
  config: ["support"],
  // It is bundled into one file, without the rest of the project.
  usher: [],
  watcher: [],
  monitoring: ["edge", "usher", "watcher", "ollama", "config", "support"],
  support: [],
};

const zones = [
  ...Object.entries(directions).map(([part, others]) => ({
    target: part,
    from: ".",
    // A command is an entry point, which nothing imports.
    except: ["node_modules", ...(part === "commands" ? others : [part, ...others])],
    message: `${part} may import ${others.length === 0 ? "nothing of the project" : others.join(", ")}.`,
  })),
  { target: "runner/!(rendering).ts", from: "index.ts", message: "runner may import index.ts in rendering.ts only." },
];

export default tseslint.config(
  { ignores: ["node_modules/", "state/", "staged/", "test/clients/python/"] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { "@pulumi": pulumi, "import-x": importX },
    settings: {
      "import-x/extensions": [".ts", ".mjs", ".js"],
      "import-x/parsers": { "@typescript-eslint/parser": [".ts"] },
      "import-x/resolver-next": [createNodeResolver()],
    },
    rules: {
      "@pulumi/no-output-in-template-literal": "error",
      "@pulumi/no-output-instance-in-template-literal": "error",
      "import-x/no-restricted-paths": ["error", { basePath: import.meta.dirname, zones }],
      "import-x/no-cycle": ["error", { ignoreExternal: true }],
      "@typescript-eslint/no-unused-vars": ["error", { ignoreUsingDeclarations: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // TypeScript's noPropertyAccessFromIndexSignature style: an environment variable is not a property.
      "@typescript-eslint/dot-notation": "off",
    },
  },
  {
    files: ["**/*.js", "**/*.mjs"],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: { process: "readonly" } },
    rules: {
      "@pulumi/no-output-in-template-literal": "off",
      "@pulumi/no-output-instance-in-template-literal": "off",
    },
  },
);
