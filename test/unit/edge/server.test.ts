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

const a: Slot = { name: "a", host: "old", address: "172.28.0.2", found: true, enabled: true };
const b: Slot = { name: "b", host: "old", address: undefined, found: false, enabled: false };

describe("the server's file", () => {
  it("names it in both places, of which one is in use", () => {
    expect(serverText("gemma-1")).toBe(
      [
        "# The server, by the name of its container.",
        "global",
        "  setenv SERVER_A gemma-1",
        "  setenv STATE_A enabled",
        "  setenv SERVER_B gemma-1",
        "  setenv STATE_B disabled",
        "",
      ].join("\n"),
    );
  });

  it("has none in use while requests wait", () => {
    expect(serverText(undefined)).toContain("  setenv STATE_A disabled\n  setenv SERVER_B gateway\n");
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
    ].join("\n");
    expect(parseSlots(answer)).toEqual([
      { name: "a", host: "stub-1", address: "172.28.0.2", found: true, enabled: true },
      { name: "b", host: "stub-2", address: undefined, found: false, enabled: false },
    ]);
  });

  it.each([
    ["127.0.0.1", 1, { address: "127.0.0.1", found: false, enabled: false }],
    ["172.28.0.3", 69, { address: "172.28.0.3", found: true, enabled: false }],
    ["172.28.0.3", 68, { address: "172.28.0.3", found: true, enabled: true }],
    ["-", 32, { address: undefined, found: false, enabled: true }],
    ["172.28.0.3", 101, { address: "172.28.0.3", found: false, enabled: false }],
  ])("with the address %s in the state %d are known for what they are", (address, state, expected) => {
    const line = `7 generating 2 b ${address} 0 ${state} 1 1 2 1 0 0 8 0 0 0 stub-2 8080 - 0 0 - - 0`;
    expect(parseSlots(line)).toEqual([{ name: "b", host: "stub-2", ...expected }]);
  });

  it("are none in an answer that tells of none", () => {
    expect(parseSlots("Can't find the target PID matching the prefix '@!12'")).toEqual([]);
  });
});

describe("a switch", () => {
  it("looks the new server up in the free place before requests go there", () => {
    expect(switchTo("new", [a, b])).toEqual({
      slot: "b",
      prepare: ["set server generating/b fqdn new", "set server reading/b fqdn new"],
      commit: [
        "set server generating/b state ready",
        "set server generating/a state maint",
        "set server reading/b state ready",
        "set server reading/a state maint",
      ],
    });
  });

  it("takes an old address away, which would seem to be the new one", () => {
    const { prepare } = switchTo("new", [a, { ...b, address: "172.28.0.9", found: true }]);
    expect(prepare).toEqual([
      "set server generating/b fqdn new",
      "set server generating/b addr 127.0.0.1 port 8080",
      "set server reading/b fqdn new",
      "set server reading/b addr 127.0.0.1 port 8080",
    ]);
  });

  it("looks nothing up where the server is in use, or its name is known", () => {
    expect(switchTo("old", [a, b])).toMatchObject({ slot: "a", prepare: [] });
    expect(switchTo("old", [{ ...a, enabled: false, host: "other" }, b])).toMatchObject({ slot: "b", prepare: [] });
  });

  it("takes a place also where another hand has both in use", () => {
    expect(switchTo("new", [a, { ...b, enabled: true }])).toMatchObject({ slot: "b" });
  });

  it("to no server takes both out of use", () => {
    expect(holdCommands()).toEqual([
      "set server generating/a state maint",
      "set server generating/b state maint",
      "set server reading/a state maint",
      "set server reading/b state maint",
    ]);
  });
});

describe("a server that is gone", () => {
  it("is not looked up any more", () => {
    const slots = [
      { ...a, enabled: false, host: "gone" },
      { ...b, enabled: true, host: "new" },
    ];
    expect(forgetCommands("gone", slots)).toEqual([
      "set server generating/a fqdn new",
      "set server reading/a fqdn new",
    ]);
  });

  it("is looked up while there is no other", () => {
    expect(forgetCommands("old", [a, b])).toEqual([]);
    expect(forgetCommands("old", [{ ...a, enabled: false }, b])).toEqual([]);
  });
});

describe("what is open", () => {
  const connections = [
    "# bkname/svname bkid/svid addr port - purge_delay used_cur used_max …",
    "generating/a 7/1 172.28.0.2 8080 - 5000 3 4 1 0 1 -1 1 1",
    "reading/a 8/1 172.28.0.2 8080 - 5000 1 1 1 1 0 -1 1 1",
    "generating/b 7/2 - 8080 - 5000 7 7 0 0 0 -1 0 0",
    "lanes/web 10/1 127.0.0.1 8081 - 5000 9 9 1 0 1 -1 1 1",
    "lanes/back-end 10/2 127.0.0.1 8081 - 5000 0 0 0 0 0 -1 0 0",
  ].join("\n");

  it("are the connections of a place in both backends", () => {
    expect([openConnections(connections, "a"), openConnections(connections, "b")]).toEqual([4, 7]);
  });

  it("are all requests of a backend, also those that wait", () => {
    expect(askRequests).toEqual(["show stat generating 2 -1", "show stat reading 2 -1"]);
    expect(openRequests("# pxname,svname,qcur,qmax,scur,smax\ngenerating,BACKEND,2,8,6,9,200")).toBe(6);
    expect(openRequests("")).toBe(0);
  });

  it("tells which lanes there are", () => {
    expect(parseLanes(connections)).toEqual(["web", "back-end"]);
  });
});
