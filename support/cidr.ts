/** A range of IPv4 addresses. */
export interface Range {
  readonly first: number;
  readonly last: number;
  /** Bits of its prefix. */
  readonly bits: number;
}

const form = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/;

/** The range that a text such as `10.0.0.0/8` or `10.0.0.1` stands for; undefined for any other text. */
export function parseRange(text: string): Range | undefined {
  const [, a, b, c, d, length = "32"] = form.exec(text) ?? [];
  const [bits, octets] = [Number(length), [a, b, c, d].map(Number)];
  if (a === undefined || bits > 32 || octets.some((octet) => octet > 255)) return undefined;
  const address = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const size = 2 ** (32 - bits);
  const first = address - (address % size);
  return { first, last: first + size - 1, bits };
}

/** An address as text. */
export function addressText(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

/** A range as text, from its first address. */
export function rangeText({ first, bits }: Range): string {
  return `${addressText(first)}/${bits}`;
}

/** Whether two ranges have an address in common. */
export function overlap(one: Range, other: Range): boolean {
  return one.first <= other.last && other.first <= one.last;
}

/** Whether a range holds all of another. */
export function holds(outer: Range, inner: Range): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
}
