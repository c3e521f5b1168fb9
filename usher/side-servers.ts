import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Figures } from "./figures.ts";
import { SettingsError, parseSettings, type Settings } from "./settings.ts";

/** Takes settings from this host alone: `POST /settings`. */
export function controlServer(port: number, configure: (settings: Settings) => void): Promise<number> {
  return listening(port, "127.0.0.1", (request, response) => {
    const answer = (status: number, message: string) => response.writeHead(status).end(message);
    if (request.method !== "POST" || request.url !== "/settings") {
      answer(404, "only POST /settings is known here");
      return;
    }
    text(request)
      .then((json) => {
        configure(parseSettings(json));
        answer(200, "the settings apply");
      })
      .catch((error: unknown) => {
        answer(error instanceof SettingsError ? 400 : 500, (error as Error).message);
      });
  });
}

/** Tells the figures to whoever asks: `GET /metrics`. */
export function figuresServer(port: number, host: string, figures: Figures): Promise<number> {
  return listening(port, host, (request, response) => {
    if (request.method !== "GET" || request.url !== "/metrics") {
      response.writeHead(404).end("only GET /metrics is known here");
      return;
    }
    figures
      .text()
      .then((all) => response.writeHead(200, { "Content-Type": figures.contentType }).end(all))
      .catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
}

async function listening(port: number, host: string, answer: RequestListener): Promise<number> {
  const server = createServer(answer).listen(port, host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
