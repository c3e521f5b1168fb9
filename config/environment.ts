import * as z from "zod";
import { plainText } from "./primitives.ts";

/** Further environment variables of the server, by name; environment-variables.ts says which. */
export const environmentVariables = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean()], { error: "write text" }).transform(String).pipe(plainText),
  { error: "write variables and their values, for example HTTPS_PROXY: http://proxy:3128" },
);
