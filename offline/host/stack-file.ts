import { readFile } from "node:fs/promises";
import { writeDurably } from "../../support/durable.ts";
import { say } from "../../support/progress.ts";

/** The line that Pulumi adds: a salt, and a word that is encrypted with the passphrase. */
const saltLine = /^encryptionsalt: v1:[\w+/=]+:v1:[\w+/=]+:[\w+/=]+$/m;

/**
 * The text of a stack's file as it is, or as it was packed when it is only the beginning of that.
 *
 * Pulumi writes the salt into the file in place, and a power cut leaves of it what it likes. A salt that is lost is made anew.
 */
export function wholeStackFile(text: string, packed: string): string {
  const [salt] = saltLine.exec(text) ?? [];
  const settings = text.replace(/^encryptionsalt:.*\n?/m, "").replaceAll("\0", "");
  const cut = settings.trim() === "" || (!settings.endsWith("\n") && packed.startsWith(settings));
  if (!cut && (salt !== undefined || !/^encryptionsalt:/m.test(text))) return text;
  return [(cut ? packed : settings).trimEnd(), ...(salt === undefined ? [] : [salt]), ""].join("\n");
}

/** Mends the stack's file of a version where a power cut has left less of it than was packed. */
export async function mendStackFile(file: string, packedFile: string): Promise<void> {
  const packed = await readFile(packedFile, "utf8").catch(() => undefined);
  if (packed === undefined) return;
  const text = await readFile(file, "utf8").catch(() => "");
  const whole = wholeStackFile(text, packed);
  if (whole === text) return;
  say(`${file} was cut short; it has the settings of its package again`);
  await writeDurably(file, whole);
}
