import { createSocket } from "node:dgram";
import { appendFileSync } from "node:fs";

const log = process.argv[2] ?? "";

/** Bytes in front of the question. */
const header = 12;

/** The name that a query asks for, and where it ends. */
function question(query: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = header;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  // The type and the class follow the root.
  return { name: labels.join("."), end: at + 5 };
}

/** "No such name", as one that answers recursively says it. */
function refusal(query: Buffer, end: number): Buffer {
  const answer = Buffer.from(query.subarray(0, end));
  answer.writeUInt16BE(0x8183, 2);
  answer.writeUInt16BE(1, 4);
  answer.fill(0, 6, header);
  return answer;
}

const socket = createSocket("udp4", (query, { address, port }) => {
  const { name, end } = question(query);
  appendFileSync(log, `${name}\n`);
  socket.send(refusal(query, end), port, address);
});
socket.bind(53, "127.0.0.53", () => process.stdout.write("ready\n"));

// Whoever started it holds the other end, and may have been killed.
process.stdin.resume().on("end", () => process.exit());
