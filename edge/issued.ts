/** A certificate and its key, both as PEM. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate and its key as one text, one behind the other. */
export function issuedText({ certificate, key }: Issued): string {
  return [certificate, key].map((block) => `${block.trim()}\n`).join("");
}

/** What {@link issuedText} wrote; empty texts for what is not there. */
export function issuedOf(text: string): Issued {
  const [certificate = "", key = ""] = text.split(/(?=-----BEGIN )/).map((block) => `${block.trim()}\n`);
  return { certificate, key };
}
