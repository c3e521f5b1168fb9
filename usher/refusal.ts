/** A request is answered with an error; the message is a sentence for the client. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  /** Seconds after which the client may try again. */
  readonly retryAfter: number | undefined;

  constructor(status: number, message: string, retryAfter?: number) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}
