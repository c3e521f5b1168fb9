import * as z from "zod";
import { holds, parseRange, rangeText } from "../support/cidr.ts";

/** Ranges that are nobody's on the internet. */
const privateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "198.18.0.0/15"];

/** Room for a few containers and no more than the networks of Docker itself have, as bits of the prefix. */
const bits = { most: 16, least: 29 };

const example = "write the subnet of an IPv4 network, for example 10.200.0.0/24";

/** Subnet of a Docker network. */
export const subnet = z
  .string({ error: example })
  .refine((text) => text.includes("/") && parseRange(text) !== undefined, { error: example, abort: true })
  .superRefine((text, context) => {
    const range = parseRange(text);
    if (range === undefined) return;
    const refuse = (message: string) => {
      context.addIssue({ code: "custom", message });
    };
    if (rangeText(range) !== text) refuse(`a subnet begins with its first address: write ${rangeText(range)}`);
    else if (range.bits < bits.most || range.bits > bits.least)
      refuse(`write a prefix of /${bits.most} to /${bits.least}`);
    else if (!privateRanges.some((known) => holds(parseRange(known) ?? range, range)))
      refuse(`write one within ${privateRanges.join(", ")}`);
  });
