/** Where in a number a reader is: what may follow, and whether it may end. Plain numbers, since enums are not types alone. */
export type NumberPlace = number;

const minus = 0;
const zero = 1;
const digits = 2;
const point = 3;
const fraction = 4;
const exponent = 5;
const exponentSign = 6;
const exponentDigits = 7;

/** Whether a byte is one of the ten digits. */
export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Where the first byte of a number leads, undefined when it is none. */
export function startOfNumber(byte: number): NumberPlace | undefined {
  if (byte === 0x2d) return minus;
  return isDigit(byte) ? afterMinus(byte) : undefined;
}

function afterMinus(byte: number): NumberPlace {
  return byte === 0x30 ? zero : digits;
}

/** Where the next byte of a number leads, undefined when it is not of it. */
export function afterNumber(at: NumberPlace, byte: number): NumberPlace | undefined {
  if (isDigit(byte)) {
    if (at === minus) return afterMinus(byte);
    if (at === zero) return undefined;
    if (at === point) return fraction;
    return at === exponent || at === exponentSign ? exponentDigits : at;
  }
  if (byte === 0x2e) return at === zero || at === digits ? point : undefined;
  if (byte === 0x65 || byte === 0x45) return at === zero || at === digits || at === fraction ? exponent : undefined;
  return (byte === 0x2b || byte === 0x2d) && at === exponent ? exponentSign : undefined;
}

/** Whether a number may end there. */
export function mayEnd(at: NumberPlace): boolean {
  return at === zero || at === digits || at === fraction || at === exponentDigits;
}
