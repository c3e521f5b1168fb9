/** What was asked of a model, and what came of it. */
export interface Probed {
  readonly model: string;
  /** `busy` when the server was too busy to take the question. */
  readonly result: "right" | "wrong" | "failed" | "busy";
  /** In words; nothing of the answer. */
  readonly detail: string;
}

/** A model in memory. */
export interface LoadedModel {
  readonly name: string;
  readonly size: number;
  /** Bytes of it on GPUs. */
  readonly vram: number;
}

/** What one look at the server has shown. */
export interface Observation {
  /** ID of the server's main process; undefined when it does not run. */
  readonly process: number | undefined;
  /** Whether it told its version in time. */
  readonly answers: boolean;
  /** Models that it should have and does not; empty when it was not told. */
  readonly missing: readonly string[];
  /** Models in memory; undefined when it was not told. */
  readonly loaded: readonly LoadedModel[] | undefined;
  /** Processes of the server that the kernel has ended for want of memory; undefined when it is not known. */
  readonly oomKills: number | undefined;
  /** Seconds of CPU that the runners have used. */
  readonly runnerSeconds: number;
  /** What the usher tells of requests; undefined without a gateway, or when it does not tell. */
  readonly requests:
    | {
        readonly running: number;
        /** Rises with everything that comes of requests. */
        readonly progress: number;
        /** Answers without an error by model. */
        readonly finished: Readonly<Record<string, number>>;
        /** Requests by model that the server failed with. */
        readonly failed: Readonly<Record<string, number>>;
      }
    | undefined;
  /** What came of a question since the look before. */
  readonly probed: Probed | undefined;
}
