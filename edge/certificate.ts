import { certificateFile, pathOf } from "./layout.ts";

/** A certificate with those between it and its root, and its key, as the edge's file has them. */
export function certificateText(certificate: string, key: string): string {
  // A blank line would end the command that brings it.
  return `${certificate.trim()}\n${key.trim()}\n`.replaceAll(/\n{2,}/g, "\n");
}

/** Commands after which connections get another certificate; those that are open go on. */
export function certificateCommands(text: string): string[] {
  return [`set ssl cert ${pathOf(certificateFile)} <<\n${text}`, `commit ssl cert ${pathOf(certificateFile)}`];
}
