// Pulumi keeps the stack of every promise and translates it by source maps, which takes a tenth of a preview without changes.
// Node runs this program's files line for line as they are written, so that its own stack traces need no translation.
Reflect.deleteProperty(Error, "prepareStackTrace");
