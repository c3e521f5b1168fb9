import { connect } from "node:net";

/** What came back for a request, exactly as it was sent. */
export interface RawAnswer {
  /** 0 when the connection was closed without an answer. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** How many answers came back. */
  readonly answers: number;
}

/** Sends bytes as they are and reads until the other side closes, which it does within a minute. */
export async function rawRequest(port: number, request: string): Promise<RawAnswer> {
  const socket = connect(port, "127.0.0.1");
  socket.setTimeout(60_000, () => socket.destroy(new Error("the connection stayed open")));
  let answer = "";
  socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
  // A server that has answered may end the connection while there is more to read; what it said counts.
  const closed = new Promise((resolve) => socket.on("error", () => undefined).on("close", resolve));
  socket.write(request);
  await closed;
  const [head = "", ...body] = answer.split("\r\n\r\n");
  const [status = "", ...lines] = head.split("\r\n");
  const headers = lines.map(
    (line) => [line.split(":")[0]?.toLowerCase() ?? "", line.replace(/^[^:]*: ?/, "")] as const,
  );
  return {
    status: Number(status.split(" ")[1] ?? 0),
    headers: Object.fromEntries(headers),
    body: body.join("\r\n\r\n"),
    answers: answer.split(/HTTP\/1\.1 \d{3}/).length - 1,
  };
}
