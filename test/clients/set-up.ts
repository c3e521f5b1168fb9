import { join } from "node:path";
import { styleText } from "node:util";
import { run } from "../support/shell.ts";

/*
 * Brings what the clients of `npm run test:clients` need: packages of npm, PyPI and Maven, into folders that git ignores.
 * What cannot be had is told of; the tests of it are skipped, and say so too.
 */

const folder = import.meta.dirname;
const inPython = join(folder, "python");

/** Makes a virtual environment with pinned packages. */
const environment = (name: string, requirements: string) =>
  [
    ["python3", ["-m", "venv", name], inPython],
    [`${name}/bin/pip`, ["install", "--quiet", "--requirement", requirements], inPython],
  ] as const;
const spring = (version: string) =>
  ["mvn", ["--quiet", "--activate-profiles", `spring-ai-${version}`, "package"], join(folder, "java")] as const;

const steps = {
  "npm's clients": [["npm", ["ci", "--ignore-scripts", "--silent"], join(folder, "javascript")]],
  "Python's clients": environment("venv", "requirements.txt"),
  "the newest openai for Python": environment("venv-openai", "requirements-openai.txt"),
  "Spring AI 1.1 and the JDK's client": [spring("1.1")],
  "Spring AI 2.0": [spring("2.0")],
} satisfies Record<string, readonly (readonly [string, readonly string[], string])[]>;

for (const [what, commands] of Object.entries(steps)) {
  process.stdout.write(`Setting up ${what}\n`);
  for (const [command, args, cwd] of commands) {
    const { status, output, stderr } = await run(command.includes("/") ? join(cwd, command) : command, args, { cwd });
    if (status === 0) continue;
    const reason = (output + stderr).trim().split("\n").slice(-3).join("\n");
    process.stdout.write(
      styleText("yellow", `${what} cannot be tried, as \`${command} ${args.join(" ")}\` failed:\n${reason}\n`),
    );
    break;
  }
}
