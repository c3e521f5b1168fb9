import { setTimeout as sleep } from "node:timers/promises";
import { adminPort } from "../edge/layout.ts";
import { askWorkers, parseWorkers } from "../edge/workers.ts";
import { Failure, reasonOf } from "../support/failure.ts";
import { defineTool, spawnDocker, type DockerProcess } from "./docker.ts";

/** Tries while a container that was just started does not answer yet, a quarter of a second each. */
const mostTries = 120;

/** Longest that an answer may take, milliseconds: a conversation that began while HAProxy started may never have one. */
const patience = 20_000;

const connect = ["sh", "-c", `${defineTool}; tool nc 127.0.0.1 ${adminPort}`];

/** What HAProxy answers to a command that changes something and did. */
const done =
  /^(|New server registered\.|New version created: \d+|.* changed its FQDN .*|nothing changed.*|(IP|port|no need).*by 'stats socket command'.*|Transaction (created|updated) for certificate .*!|Committing .*\n?Success!)$/s;

/** A conversation with the HAProxy in a container: one `docker exec`, however many commands. */
export class EdgeConsole implements AsyncDisposable {
  readonly #process: DockerProcess;
  #received = "";
  #arrived: () => void = () => undefined;
  #ended: Error | undefined;

  private constructor(container: string) {
    this.#process = spawnDocker(["exec", "-i", container, ...connect]);
    const { child, exited } = this.#process;
    child.stdin.on("error", () => undefined);
    child.stdout.on("data", (chunk: Buffer) => {
      this.#received += chunk.toString();
      this.#arrived();
    });
    exited
      .catch((error: unknown) => error as Error)
      .then((error) => {
        this.#ended = error instanceof Error ? error : new Failure("HAProxy ended the conversation");
        this.#arrived();
      })
      .catch(() => undefined);
  }

  /**
   * Begins a conversation, also with a HAProxy that is starting.
   * @throws Failure when there is none
   */
  static async open(container: string): Promise<EdgeConsole> {
    for (let tries = 1; ; tries += 1) {
      const console = new EdgeConsole(container);
      // Several commands, each answer with an empty line at its end.
      console.#write("prompt i\n");
      try {
        const workers = parseWorkers(await console.ask(askWorkers));
        if (workers.length > 0) return console;
        throw new Failure("its worker is starting");
      } catch (error) {
        await console[Symbol.asyncDispose]();
        const starting = /refused|starting|ended the conversation|is restarting|no answer/.test(reasonOf(error));
        if (!starting || tries === mostTries) throw new Failure(`The gateway does not answer: ${reasonOf(error)}`);
        await sleep(250);
      }
    }
  }

  /** Sends a command and waits for its answer. */
  async ask(command: string): Promise<string> {
    this.#write(`${command}\n`);
    for (;;) {
      const end = this.#received.startsWith("\n") ? 0 : this.#received.indexOf("\n\n") + 1;
      if (end > 0 || this.#received.startsWith("\n")) {
        const answer = this.#received.slice(0, end);
        this.#received = this.#received.slice(end + 1);
        return answer.trimEnd();
      }
      if (this.#ended !== undefined) throw this.#ended;
      await this.#more(command);
    }
  }

  /** Waits until something has arrived, or the conversation has ended. */
  async #more(command: string): Promise<void> {
    const waiting = new AbortController();
    const arrived = new Promise<boolean>(
      (resolve) =>
        (this.#arrived = () => {
          resolve(true);
        }),
    );
    const tooLate = sleep(patience, false, { signal: waiting.signal }).catch(() => true);
    const inTime = await Promise.race([arrived, tooLate]);
    waiting.abort();
    const [word = ""] = command.split(" ");
    if (!inTime) throw new Failure(`no answer to ${word} within ${patience / 1000} s`);
  }

  /**
   * Sends a command that changes something.
   * @throws Failure with HAProxy's own words when it does not
   */
  async tell(command: string): Promise<void> {
    const answer = await this.ask(command);
    if (done.test(answer)) return;
    throw new Failure(`The gateway did not take "${command.split("\n")[0]}": ${answer.split("\n")[0]}`);
  }

  /** Sends a command and returns all that comes until the other side ends the conversation. */
  async last(command: string): Promise<string> {
    this.#write(`${command}\n`);
    await this.#process.exited;
    return this.#received;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.child.stdin.end("quit\n");
    await this.#process.exited.catch(() => undefined);
  }

  #write(text: string): void {
    this.#process.child.stdin.write(text);
  }
}
