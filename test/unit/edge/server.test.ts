import { describe, expect, it } from "vitest";
import {
  askRequests,
  forgetCommands,
  holdCommands,
  openConnections,
  openRequests,
  parseLanes,
  parseSlots,
  serverText,
  switchTo,
  type Slot,
} from "../../../edge/server.ts";

/** A server whose two containers have its name in theirs. */
const named = (name: string) => ({ usher: `${name}-usher`, ollama: `${name}-ollama` });
const a: Slot = { name: "a", server: named("old"), address: "172.28.0.2", found: true, enabled: true };
const b: Slot = { name: "b", server: named("old"), address: undefined, found: false, enabled: false };

describe("the server's file", () => {
  it("names it in both places, of which one is in use", () => {
    expect(serverText({ usher: "usher-1", ollama: "ollama-1" })).toBe(
      [
        "# The server, by the names of its containers.",
        "global",
        "  setenv USHER_A usher-1",
        "  setenv OLLAMA_A ollama-1",
        "  setenv STATE_A enabled",
        "  setenv USHER_B usher-1",
        "  setenv OLLAMA_B ollama-1",
        "  setenv STATE_B disabled",
        "",
      ].join("\n"),
    );
  });

  it("has none in use while requests wait", () => {
    expect(serverText(undefined)).toContain(
      "  setenv STATE_A disabled\n  setenv USHER_B gateway\n  setenv OLLAMA_B gateway\n",
    );
  });
});

describe("places for a server", () => {
  it("are read from what HAProxy tells, each with whether it is in use and was found", () => {
    const answer = [
      "1",
      "# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state …",
      "7 generating 1 a 172.28.0.2 2 0 1 1 2 1 0 2 0 0 0 0 stub-1 8080 - 0 0 - - 0",
      "7 generating 2 b - 0 37 1 1 2 1 0 0 8 0 0 0 stub-2 8080 - 0 0 - - 0",
      "7 generating 3 nobody 127.0.0.1 2 0 1 1 2 1 0 2 0 0 0 0 - 1 - 0 0 - - 0",
      "8 looking 1 a 172.28.0.4 2 0 1 1 2 1 0 2 0 0 0 0 stub-3 11434 - 0 0 - - 0",
      "8 looking 2 b - 0 37 1 1 2 1 0 0 8 0 0 0 stub-4 11434 - 0 0 - - 0",
      "9 lanes 1 a 127.0.0.1 2 0 1 1 2 1 0 2 0 0 0 0 - 8081 - 0 0 - - 0",
    ].join("\n");
    expect(parseSlots(answer)).toEqual([
      { name: "a", server: { usher: "stub-1", ollama: "stub-3" }, address: "172.28.0.2", found: true, enabled: true },
      { name: "b", server: { usher: "stub-2", ollama: "stub-4" }, address: undefined, found: false, enabled: false },
    ]);
  });

  it.each([
    ["127.0.0.1", 1, { address: "127.0.0.1", found: false, enabled: false }],
    ["172.28.0.3", 69, { address: "172.28.0.3", found: true, enabled: false }],
    ["172.28.0.3", 68, { address: "172.28.0.3", found: true, enabled: true }],
    ["-", 32, { address: undefined, found: false, enabled: true }],
    ["172.28.0.3", 101, { address: "172.28.0.3", found: false, enabled: false }],
  ])("with the address %s in the state %d are known for what they are", (address, state, expected) => {
    const usher = `7 generating 2 b ${address} 0 ${state} 1 1 2 1 0 0 8 0 0 0 stub-2 8080 - 0 0 - - 0`;
    const ollama = "8 looking 2 b 172.28.0.5 0 0 1 1 2 1 0 0 8 0 0 0 stub-4 11434 - 0 0 - - 0";
    const server = { usher: "stub-2", ollama: "stub-4" };
    expect(parseSlots([usher, ollama].join("\n"))).toEqual([{ name: "b", server, ...expected }]);
  });

  it("are not found while Ollama is not", () => {
    const usher = "7 generating 2 b 172.28.0.4 0 0 1 1 2 1 0 0 8 0 0 0 stub-2 8080 - 0 0 - - 0";
    const ollama = "8 looking 2 b - 0 32 1 1 2 1 0 0 8 0 0 0 stub-4 11434 - 0 0 - - 0";
    expect(parseSlots([usher, ollama].join("\n"))).toMatchObject([{ name: "b", found: false }]);
  });

  it("are none in an answer that tells of none", () => {
    expect(parseSlots("Can't find the target PID matching the prefix '@!12'")).toEqual([]);
  });
});

describe("a switch", () => {
  it("looks the new server up in the free place before requests go there", () => {
    expect(switchTo(named("new"), [a, b])).toEqual({
      slot: "b",
      prepare: [
        "set server generating/b fqdn new-usher",
        "set server reading/b fqdn new-usher",
        "set server looking/b fqdn new-ollama",
      ],
      commit: [
        "set server generating/b state ready",
        "set server generating/a state maint",
        "set server reading/b state ready",
        "set server reading/a state maint",
        "set server looking/b state ready",
        "set server looking/a state maint",
      ],
    });
  });

  it("takes an old address away, which would seem to be the new one", () => {
    const { prepare } = switchTo(named("new"), [a, { ...b, address: "172.28.0.9", found: true }]);
    expect(prepare).toEqual([
      "set server generating/b fqdn new-usher",
      "set server generating/b addr 127.0.0.1 port 8080",
      "set server reading/b fqdn new-usher",
      "set server reading/b addr 127.0.0.1 port 8080",
      "set server looking/b fqdn new-ollama",
      "set server looking/b addr 127.0.0.1 port 11434",
    ]);
  });

  it("looks nothing up where the server is in use, or its name is known", () => {
    expect(switchTo(named("old"), [a, b])).toMatchObject({ slot: "a", prepare: [] });
    expect(switchTo(named("old"), [{ ...a, enabled: false, server: named("other") }, b])).toMatchObject({
      slot: "b",
      prepare: [],
    });
  });

  it("looks up no more than the usher where that alone is another one", () => {
    const { prepare } = switchTo({ ...named("old"), usher: "new-usher" }, [a, { ...b, address: "172.28.0.9" }]);
    expect(prepare).toEqual([
      "set server generating/b fqdn new-usher",
      "set server generating/b addr 127.0.0.1 port 8080",
      "set server reading/b fqdn new-usher",
      "set server reading/b addr 127.0.0.1 port 8080",
    ]);
  });

  it("takes a place also where another hand has both in use", () => {
    expect(switchTo(named("new"), [a, { ...b, enabled: true }])).toMatchObject({ slot: "b" });
  });

  it("to no server takes both out of use", () => {
    expect(holdCommands()).toEqual([
      "set server generating/a state maint",
      "set server generating/b state maint",
      "set server reading/a state maint",
      "set server reading/b state maint",
      "set server looking/a state maint",
      "set server looking/b state maint",
    ]);
  });
});

describe("a server that is gone", () => {
  it("is not looked up any more", () => {
    const slots = [
      { ...a, enabled: false, server: named("gone") },
      { ...b, enabled: true, server: named("new") },
    ];
    expect(forgetCommands("gone-usher", slots)).toEqual([
      "set server generating/a fqdn new-usher",
      "set server reading/a fqdn new-usher",
      "set server looking/a fqdn new-ollama",
    ]);
  });

  it("is looked up while there is no other", () => {
    expect(forgetCommands("old-usher", [a, b])).toEqual([]);
    expect(forgetCommands("old-usher", [{ ...a, enabled: false }, b])).toEqual([]);
  });
});

describe("what is open", () => {
  const connections = [
    "# bkname/svname bkid/svid addr port - purge_delay used_cur used_max …",
    "generating/a 7/1 172.28.0.2 8080 - 5000 3 4 1 0 1 -1 1 1",
    "reading/a 8/1 172.28.0.2 8080 - 5000 1 1 1 1 0 -1 1 1",
    "looking/a 9/1 172.28.0.4 11434 - 5000 2 2 1 1 0 -1 1 1",
    "generating/b 7/2 - 8080 - 5000 7 7 0 0 0 -1 0 0",
    "lanes/web 10/1 127.0.0.1 8081 - 5000 9 9 1 0 1 -1 1 1",
    "lanes/back-end 10/2 127.0.0.1 8081 - 5000 0 0 0 0 0 -1 0 0",
  ].join("\n");

  it("are the connections of a place in all backends", () => {
    expect([openConnections(connections, "a"), openConnections(connections, "b")]).toEqual([6, 7]);
  });

  it("are all requests of a backend, also those that wait", () => {
    expect(askRequests).toEqual(["show stat generating 2 -1", "show stat reading 2 -1", "show stat looking 2 -1"]);
    expect(openRequests("# pxname,svname,qcur,qmax,scur,smax\ngenerating,BACKEND,2,8,6,9,200")).toBe(6);
    expect(openRequests("")).toBe(0);
  });

  it("tells which lanes there are", () => {
    expect(parseLanes(connections)).toEqual(["web", "back-end"]);
  });
});
