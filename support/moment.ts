/** A moment of ISO 8601 without the fractions of its second, for people. */
export function wholeSeconds(moment: string): string {
  return moment.replace(/\.\d+Z$/, "Z");
}
