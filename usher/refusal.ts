/** A request is answered with an error; the message is a sentence for the client. */
export class Refusal extends Error {
  override readonly name: string = "Refusal";
  readonly status: number;
  /** Seconds after which the client may try again. */
  readonly retryAfter: number | undefined;

  constructor(status: number, message: string, retryAfter?: number) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** A request would change the model for all, by a key that is not open to its client. */
export class Disturbance extends Refusal {
  override readonly name = "Disturbance";
  /** The key, with `options.` before an option. */
  readonly key: string;

  constructor(key: string) {
    super(403, `${key} is not open to this client, as it would change the model for all: leave it out`);
    this.key = key;
  }
}
