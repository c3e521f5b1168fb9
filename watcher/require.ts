import { createRequire } from "node:module";

/* In one file with packages that are no modules, these ask for parts of Node in their own way. Imported before they are. */
Object.assign(globalThis, { require: createRequire(import.meta.url) });
