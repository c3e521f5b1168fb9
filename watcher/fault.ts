/** What can be wrong with the server. */
export const faults = [
  "not-answering",
  "stuck-runner",
  "wrong-text",
  "gpu-lost",
  "model-on-cpu",
  "out-of-memory",
  "model-missing",
] as const;

/** One of {@link faults}. */
export type Fault = (typeof faults)[number];

/** What is done about a fault: the model is loaded again, the server is started again, or somebody is told. */
export type Action = "reload" | "restart" | "none";

/** Actions of a fault, the gentlest first; each comes when the one before has not helped. */
export const remedies: Readonly<Record<Fault, readonly Exclude<Action, "none">[]>> = {
  "not-answering": ["restart"],
  "stuck-runner": ["reload", "restart"],
  "wrong-text": ["reload", "restart"],
  // A device that the container has lost comes back with its next start alone.
  "gpu-lost": ["restart"],
  "model-on-cpu": ["reload", "restart"],
  // The kernel has ended what was too large, and a restart makes no memory.
  "out-of-memory": [],
  "model-missing": [],
};
