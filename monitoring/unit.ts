/** What figures are in. */
export type Unit =
  "seconds" | "bytes" | "percent" | "tokensPerSecond" | "perSecond" | "count" | "celsius" | "watt" | "none";
