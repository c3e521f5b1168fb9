import { describe, expect, it } from "vitest";
import { openConnections } from "../../../engine/open-connections.ts";

const header =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     ";

/** A line as the kernel writes it; 2CAA is port 11434. */
function line(local: string, remote: string, state: string): string {
  return `   1: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000 10001        0 4128771 1 0000000000000000 20 4 30 10 -1`;
}

const ours = "030012AC:2CAA";
const gateway = "020012AC:8F3C";
const ours6 = "0000000000000000FFFF0000030012AC:2CAA";
const gateway6 = "0000000000000000FFFF0000020012AC:8F3C";
const listening = line("00000000:2CAA", "00000000:0000", "0A");

const count = (...lines: readonly string[]) => openConnections([header, listening, ...lines, ""].join("\n"), 11434);

describe("the connections of others to a port", () => {
  it("are none where it only listens", () => {
    expect(count()).toBe(0);
  });

  it.each([
    ["established", "01", 1],
    ["closed by the other side alone", "08", 1],
    ["being opened", "02", 0],
    ["half open", "03", 0],
    ["closed by this side alone", "04", 0],
    ["closed and waited for", "06", 0],
    ["closed", "07", 0],
    ["about to be acknowledged", "09", 0],
    ["listening", "0A", 0],
  ])("that are %s count %#", (_, state, expected) => {
    expect(count(line(ours, gateway, state))).toBe(expected);
  });

  it.each([
    ["IPv4", ours, gateway, 1],
    ["IPv4 in IPv6", ours6, gateway6, 1],
    ["IPv6", "B80D0120000000000000000003000000:2CAA", "B80D0120000000000000000002000000:8F3C", 1],
    ["IPv4 from this container", "0100007F:2CAA", "0100007F:8F3C", 0],
    ["IPv6 from this container", `${"0".repeat(24)}01000000:2CAA`, `${"0".repeat(24)}01000000:8F3C`, 0],
    [
      "IPv4 in IPv6 from this container",
      "0000000000000000FFFF00000100007F:2CAA",
      "0000000000000000FFFF00000100007F:8F3C",
      0,
    ],
  ])("by %s count %#", (_, local, remote, expected) => {
    expect(count(line(local, remote, "01"))).toBe(expected);
  });

  it("are not those to another port, nor those that go out to that port", () => {
    expect(count(line("030012AC:2CAB", gateway, "01"), line("030012AC:9C40", "020012AC:2CAA", "01"))).toBe(0);
  });

  it("are added up over both tables", () => {
    const tables = [header, listening, line(ours, gateway, "01"), line(ours, "020012AC:8F3E", "08")];
    const tables6 = [header, line(ours6, gateway6, "01"), line(ours6, gateway6, "06")];
    expect(openConnections(`${[...tables, ...tables6].join("\n")}\n`, 11434)).toBe(3);
  });

  it.each([
    [80, "0050"],
    [8080, "1F90"],
    [65535, "FFFF"],
  ])("to port %d are those of %s", (port, hex) => {
    const tables = [header, line(`030012AC:${hex}`, gateway, "01"), line(ours, gateway, "01")].join("\n");
    expect(openConnections(tables, port)).toBe(1);
  });

  it.each(["", "\n", header])("are none in %j", (tables) => {
    expect(openConnections(tables, 11434)).toBe(0);
  });
});
