const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Hands the signals that stop a program to a function, until it is disposed of; the program goes on meanwhile. */
export function onStop(handle: (signal: NodeJS.Signals) => void): Disposable {
  for (const signal of signals) process.on(signal, handle);
  return {
    [Symbol.dispose]() {
      for (const signal of signals) process.off(signal, handle);
    },
  };
}
