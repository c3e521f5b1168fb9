import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { TLSSocket } from "node:tls";

/** A mail as it was sent. */
export interface Mail {
  readonly from: string;
  readonly to: string;
  readonly text: string;
}

/** A mail server on loopback. */
export interface MailStandIn extends AsyncDisposable {
  readonly port: number;
  /** What has come so far. */
  readonly mails: readonly Mail[];
}

/** Starts a mail server that asks for no login, and takes mails after STARTTLS alone. */
export async function mailStandIn(identity: { readonly cert: string; readonly key: string }): Promise<MailStandIn> {
  const mails: Mail[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
    socket.write("220 localhost ESMTP\r\n");
    untilSecure(socket, () => {
      const secure = new TLSSocket(socket, { isServer: true, ...identity });
      secure.on("error", () => secure.destroy());
      takeMails(secure, mails);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    mails,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Says hello, and nothing else, until the client wants to be secure. */
function untilSecure(socket: Socket, secured: () => void): void {
  const lines = createInterface({ input: socket });
  lines.on("line", (line) => {
    if (/^EHLO /i.test(line)) socket.write("250-localhost\r\n250 STARTTLS\r\n");
    else if (/^STARTTLS$/i.test(line)) {
      lines.close();
      socket.write("220 ready\r\n");
      secured();
    } else socket.write("530 STARTTLS first\r\n");
  });
}

function takeMails(socket: TLSSocket, mails: Mail[]): void {
  let [from, to] = ["", ""];
  let text: string[] | undefined;
  createInterface({ input: socket }).on("line", (line) => {
    if (text !== undefined) {
      if (line !== ".") return text.push(line);
      mails.push({ from, to, text: text.join("\n") });
      text = undefined;
    } else if (/^DATA$/i.test(line)) {
      text = [];
      return socket.write("354 go on\r\n");
    } else if (/^QUIT$/i.test(line)) return socket.end("221 bye\r\n");
    from = /^MAIL FROM:<(.*?)>/i.exec(line)?.[1] ?? from;
    to = /^RCPT TO:<(.*?)>/i.exec(line)?.[1] ?? to;
    return socket.write("250 ok\r\n");
  });
}
