import { describe, expect, it } from "vitest";
import { busy, Mind, silent } from "./looks.ts";

/** A look at a server that has just answered a client. */
const served = { requests: { running: 0, progress: 9, finished: { "a:1": 9 }, failed: {} } };

const answer = (result: "right" | "wrong" | "failed" | "busy", detail = "") => ({
  probed: { model: "a:1", result, detail },
});

describe("the watcher at a server that is well", () => {
  it("asks nothing while clients get answers", () => {
    const mind = new Mind();
    const seen = Array.from({ length: 30 }, (_, look) =>
      mind.look({ requests: { running: 1, progress: look, finished: { "a:1": look }, failed: {} } }),
    );
    expect(seen.flat()).toEqual([]);
  });

  it("asks also while clients get answers, but seldom: what is in them is not told", () => {
    const mind = new Mind({ generationInterval: 20 });
    const seen = Array.from({ length: 30 }, (_, look) =>
      mind.look({ requests: { running: 1, progress: look, finished: { "a:1": look }, failed: {} } }),
    );
    expect(seen.flat()).toEqual(["-> probe a:1"]);
    expect(seen.findIndex((told) => told.length > 0)).toBe(20);
  });

  it("asks for a few tokens after nobody has for long enough, and not again before that", () => {
    const mind = new Mind();
    expect(mind.looks(6)).toEqual([]);
    expect(mind.look()).toEqual(["-> probe a:1"]);
    expect(mind.look(answer("right"))).toEqual([]);
    expect(mind.looks(5)).toEqual([]);
    expect(mind.look()).toEqual(["-> probe a:1"]);
  });

  it("asks no model that is not in memory, but for one that is to stay there", () => {
    expect(new Mind().looks(20, { loaded: [] })).toEqual([]);
    const preloaded = new Mind({ models: [{ name: "a:1", embeds: false, preload: true }] });
    expect(preloaded.looks(7, { loaded: [] })).toEqual(["-> probe a:1"]);
  });

  it("takes a server that is too busy for its question for no fault", () => {
    const mind = new Mind();
    mind.looks(7);
    expect(mind.look(answer("busy"))).toEqual([]);
    expect(mind.looks(5)).toEqual([]);
  });
});

describe("a runner of which nothing comes", () => {
  const noticed = "nothing has come of a question of the watcher for 40 s";

  it("is ended, the model asked again, and the fault gone with the answer", () => {
    const mind = new Mind();
    expect(mind.looks(7)).toEqual(["-> probe a:1"]);
    expect(mind.looks(3)).toEqual([]);
    expect(mind.look()).toEqual([
      `noticed stuck-runner: ${noticed}`,
      `reload for stuck-runner: ${noticed}`,
      "-> reload a:1",
    ]);
    expect(mind.look()).toEqual(["-> probe a:1"]);
    expect(mind.look(answer("right"))).toEqual(["gone stuck-runner after 20 s and reload"]);
    expect(mind.state.active).toEqual({});
  });

  it("is not helped by a reload: the server is started again, and after that somebody is told, once", () => {
    const mind = new Mind();
    mind.looks(11);
    expect(mind.looks(4)).toEqual(["-> probe a:1"]);
    expect(mind.look()).toEqual([`restart for stuck-runner: ${noticed}`, "-> restart a:1"]);
    expect(mind.looks(4, { process: 200 })).toEqual(["-> probe a:1"]);
    expect(mind.looks(20, { process: 200 })).toEqual([`none for stuck-runner: ${noticed}; everything was tried`]);
  });

  it("is noticed by the requests of clients, without a question", () => {
    const mind = new Mind();
    mind.look();
    expect(mind.looks(3, busy)).toEqual([]);
    const reason = "nothing has come of requests of clients for 40 s";
    expect(mind.look(busy)).toEqual([
      `noticed stuck-runner: ${reason}`,
      `reload for stuck-runner: ${reason}`,
      "-> reload a:1",
    ]);
    const finished = { running: 1, progress: 2, finished: { "a:1": 2 }, failed: {} };
    expect(mind.look({ requests: finished })).toContain("gone stuck-runner after 10 s and reload");
  });

  it("is none where the runner works for a client, however long an answer takes", () => {
    const mind = new Mind();
    const seen = Array.from({ length: 50 }, (_, look) => mind.look({ ...busy, runnerSeconds: 5 + look * 10 }));
    expect(seen.flat()).toEqual([]);
  });

  it("spins for the watcher alone, which is no sign of life", () => {
    const mind = new Mind();
    const seen = Array.from({ length: 11 }, (_, look) => mind.look({ runnerSeconds: 5 + look * 10 }));
    expect(seen.flat()).toContain("-> reload a:1");
  });

  it("may take its time to load a model", () => {
    const mind = new Mind({ models: [{ name: "a:1", embeds: false, preload: true }] });
    mind.looks(6, { loaded: [] });
    const seen = Array.from({ length: 30 }, (_, look) => mind.look({ loaded: [], runnerSeconds: 5 + look * 10 }));
    expect(seen.flat()).toEqual(["-> probe a:1"]);
  });

  it("fails twice before that is a fault", () => {
    const mind = new Mind();
    mind.looks(7);
    const failed = answer("failed", "a question got status 500");
    expect(mind.look(failed)).toEqual(["-> probe a:1"]);
    expect(mind.look(failed)).toEqual([
      "noticed stuck-runner: a question got status 500",
      "reload for stuck-runner: a question got status 500",
      "-> reload a:1",
    ]);
  });
});

describe("a model with which the server fails, so that it is not in memory", () => {
  let answers = 0;
  const failing = (failed: number, finished = 1) => ({
    loaded: [],
    // An error is an answer too.
    requests: { running: 1, progress: ++answers, finished: { "a:1": finished }, failed: { "a:1": failed } },
  });
  const status = "a question got status 500";
  /** Six looks with no failure more than there was. */
  const calm = (mind: Mind, failed: number, finished = 1) =>
    Array.from({ length: 6 }, () => mind.look(failing(failed, finished))).flat();

  it("is asked for itself after three requests that failed, and has a fault when that fails twice", () => {
    const mind = new Mind();
    expect(calm(mind, 0)).toEqual([]);
    expect([mind.look(failing(2)), mind.look(failing(4))]).toEqual([[], ["-> probe a:1"]]);
    expect(mind.look({ ...failing(5), ...answer("failed", status) })).toEqual(["-> probe a:1"]);
    expect(mind.look({ ...failing(9), ...answer("failed", status) })).toEqual([
      `noticed stuck-runner: ${status}`,
      `reload for stuck-runner: ${status}`,
      "-> reload a:1",
    ]);
  });

  it("is left alone when it answers the watcher: what failed was its client's doing", () => {
    const mind = new Mind();
    calm(mind, 0);
    expect(mind.look(failing(3))).toEqual(["-> probe a:1"]);
    expect(mind.look({ ...failing(6), ...answer("right") })).toEqual([]);
    expect([calm(mind, 6), mind.look(failing(8))]).toEqual([[], []]);
  });

  it("is none where a request between them got an answer", () => {
    const mind = new Mind();
    calm(mind, 0);
    expect([mind.look(failing(2)), mind.look(failing(2, 2)), calm(mind, 4, 2)]).toEqual([[], [], []]);
  });
});

describe("a server that does not answer", () => {
  it("is started again after three looks and a quarter of the time", () => {
    const mind = new Mind();
    mind.looks(3);
    expect(mind.looks(2, silent)).toEqual([]);
    const reason = "the server has not told its version for 20 s";
    expect(mind.look(silent)).toEqual([
      `noticed not-answering: ${reason}`,
      `restart for not-answering: ${reason}`,
      "-> restart",
    ]);
    expect(mind.look({ process: 200 })).toEqual(["gone not-answering after 10 s and restart", "-> probe a:1"]);
  });

  it("is left alone while it has no process: the engine starts it, or somebody has stopped it", () => {
    const mind = new Mind();
    mind.looks(3);
    const gone = { ...silent, process: undefined };
    expect(mind.looks(10, gone)).toEqual([
      "noticed not-answering: the server does not run",
      "none for not-answering: the server does not run; there is no process to end; the engine starts it",
    ]);
    expect(mind.look({ process: 200 })).toEqual(["gone not-answering after 100 s and none", "-> probe a:1"]);
  });

  it("is told alone where nothing would start it again", () => {
    const mind = new Mind({ startsAgain: false });
    mind.looks(3);
    expect(mind.looks(20, silent)).toEqual([
      "noticed not-answering: the server has not told its version for 20 s",
      "none for not-answering: the server has not told its version for 20 s; " +
        "nothing would start the server again (restart: no)",
    ]);
  });

  it("has the time to come up when it has just been started", () => {
    expect(new Mind().looks(2, silent)).toEqual([]);
  });
});

describe("other faults", () => {
  it("has a model with wrong text loaded again", () => {
    const mind = new Mind();
    mind.looks(7);
    const wrong = answer("wrong", "an answer has 7 characters that are none");
    expect(mind.look(wrong)).toEqual([
      "noticed wrong-text: an answer has 7 characters that are none",
      "reload for wrong-text: an answer has 7 characters that are none",
      "-> reload a:1",
    ]);
    expect(mind.look()).toEqual(["-> probe a:1"]);
    expect(mind.look(answer("right"))).toEqual(["gone wrong-text after 20 s and reload"]);
  });

  it("tells of a model that is missing, and does nothing", () => {
    const mind = new Mind();
    expect(mind.looks(5, { missing: ["a:1"] })).toEqual([
      "noticed model-missing: the server does not have a:1",
      "none for model-missing: the server does not have a:1; nothing that the watcher may do would help",
    ]);
    expect(mind.look()).toEqual(["gone model-missing after 50 s and none"]);
  });

  it("tells of memory that was short, until none has been for a while", () => {
    const mind = new Mind();
    mind.look();
    const reason = "the kernel has ended a process of the server for want of memory";
    expect(mind.looks(5, { oomKills: 1 })).toEqual([
      `noticed out-of-memory: ${reason}`,
      `none for out-of-memory: ${reason}; nothing that the watcher may do would help`,
      "gone out-of-memory after 40 s and none",
    ]);
    // A container that was started again counts anew.
    expect(mind.looks(2, { ...served, oomKills: 0 })).toEqual([]);
  });

  const onGpu = (vram: number) => ({ loaded: [{ name: "a:1", size: 1000, vram }] });

  it("has a model loaded again that lies on the CPU where a GPU is reserved", () => {
    const mind = new Mind({ gpu: true });
    const reason = "a:1 has 0 of 1000 bytes on GPUs";
    expect(mind.look(onGpu(0))).toEqual([
      `noticed model-on-cpu: ${reason}`,
      `reload for model-on-cpu: ${reason}`,
      "-> reload a:1",
    ]);
    expect(mind.look(onGpu(1000))).toEqual(["gone model-on-cpu after 10 s and reload"]);
    expect(mind.looks(3, onGpu(950))).toEqual([]);
  });

  it("has a server started again that has lost its GPU", () => {
    const mind = new Mind({ gpu: true });
    expect(mind.look(onGpu(1000))).toEqual([]);
    const reason = "a:1 has 0 of 1000 bytes on GPUs";
    expect(mind.look(onGpu(0))).toEqual([
      `noticed gpu-lost: ${reason}`,
      `restart for gpu-lost: ${reason}`,
      "-> restart a:1",
    ]);
    expect(mind.look({ ...onGpu(1000), process: 200 })).toEqual(["gone gpu-lost after 10 s and restart"]);
  });

  it("does not care where models lie without a GPU", () => {
    expect(new Mind().looks(3, onGpu(0))).toEqual([]);
  });
});

describe("the actions of an hour", () => {
  it("are no more than allowed; beyond that somebody is told", () => {
    const mind = new Mind({ maxActions: 1 });
    mind.looks(11);
    expect(mind.looks(20).filter((line) => !line.startsWith("->"))).toEqual([
      "none for stuck-runner: nothing has come of a question of the watcher for 40 s; 1 actions in an hour are enough",
    ]);
  });

  it("are none at 0", () => {
    const mind = new Mind({ maxActions: 0 });
    expect(mind.looks(40).filter((line) => line.startsWith("-> re"))).toEqual([]);
  });
});
