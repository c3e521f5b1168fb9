import { loadQuestion, standingOf, standingQuestion } from "./loading.ts";
import { askOwn, NotAnswered, type OwnAsked, type OwnFailure, type OwnQuestion } from "./own-question.ts";
import type { KeptModel, Settings } from "./settings.ts";

/** Milliseconds from one look to the next. */
const lookInterval = 15_000;

/** Loads the models that stay in memory when Ollama does not have them there, as after its restart; one at a time. */
export class Preloader {
  readonly #log: (line: string) => void;
  readonly #interval: number;
  #settings: Settings | undefined;
  #timer: NodeJS.Timeout | undefined;
  #asked: OwnAsked | undefined;
  #isLooking = false;
  #isStopped = false;
  /** Failures of models that the log has already, until they are there. */
  readonly #told = new Map<string, Set<OwnFailure>>();

  constructor(log: (line: string) => void, interval = lookInterval) {
    this.#log = log;
    this.#interval = interval;
  }

  /** Goes by other settings, and looks at once. */
  configure(settings: Settings): void {
    this.#settings = settings;
    this.#told.clear();
    this.#look();
  }

  /** Takes back what it has asked, and asks nothing any more. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#asked?.cancel();
  }

  #look(): void {
    const settings = this.#settings;
    if (settings === undefined || this.#isLooking || this.#isStopped) return;
    clearTimeout(this.#timer);
    this.#isLooking = true;
    void this.#keepAll(settings).finally(() => {
      this.#isLooking = false;
      if (this.#isStopped) return;
      const wait = this.#settings === settings ? this.#interval : 0;
      this.#timer = setTimeout(() => {
        this.#look();
      }, wait);
    });
  }

  async #keepAll(settings: Settings): Promise<void> {
    const isCurrent = () => this.#settings === settings && !this.#isStopped;
    // Each is looked for anew, as loading one may push out another.
    for (const kept of settings.kept) if (kept.preload && isCurrent()) await this.#keep(kept, settings);
  }

  async #keep(kept: KeptModel, settings: Settings): Promise<void> {
    const { model } = kept;
    const started = performance.now();
    try {
      const standing = standingOf(await this.#answerTo(standingQuestion, settings), kept, Date.now());
      if (this.#isStopped) return;
      if (standing !== "staying") await this.#answerTo(loadQuestion(kept), settings);
      this.#told.delete(model);
      if (standing === "absent") this.#tell(model, started, null);
    } catch (error) {
      if (!this.#isStopped) this.#tellOnce(model, started, error);
    }
  }

  async #answerTo(question: OwnQuestion, settings: Settings): Promise<string> {
    this.#asked = askOwn(question, settings);
    return this.#asked.answer;
  }

  #tellOnce(model: string, started: number, error: unknown): void {
    const failure = error instanceof NotAnswered ? error.failure : "failed";
    const told = this.#told.get(model) ?? new Set();
    this.#told.set(model, told);
    if (!told.has(failure)) this.#tell(model, started, failure, (error as Error).message);
    told.add(failure);
  }

  #tell(preload: string, started: number, failure: OwnFailure | null, error?: string): void {
    const duration_ms = Math.round(performance.now() - started);
    this.#log(JSON.stringify({ time: new Date().toISOString(), preload, duration_ms, failure, error }));
  }
}
