import { describe, expect, it } from "vitest";
import { networkOf } from "../../../components/network.ts";

describe("a network", () => {
  it("has the addresses that Docker chooses, and a way out, where nothing else is written", () => {
    expect(networkOf({})).toEqual({ args: {}, options: {} });
    expect(networkOf({ internal: true, subnet: undefined })).toEqual({ args: { internal: true }, options: {} });
  });

  it("has its subnet with the first address for Docker, and goes before another takes it", () => {
    const ipamConfigs = [{ subnet: "10.200.0.128/25", gateway: "10.200.0.129" }];
    const options = { deleteBeforeReplace: true };
    expect(networkOf({ subnet: "10.200.0.128/25" })).toEqual({ args: { ipamConfigs }, options });
    expect(networkOf({ internal: true, subnet: "10.200.0.128/25" })).toEqual({
      args: { internal: true, ipamConfigs },
      options,
    });
  });
});
