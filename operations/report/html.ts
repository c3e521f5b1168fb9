/** A piece of a page, in which everything that came from outside is escaped. */
export class Html {
  readonly text: string;

  private constructor(text: string) {
    this.text = text;
  }

  /** Markup that is safe as it is: this program has made it. */
  static trusted(text: string): Html {
    return new Html(text);
  }

  toString(): string {
    return this.text;
  }
}

type Part = Html | string | number | undefined | readonly Part[];

/** Puts pieces together; texts among them are escaped, and undefined is nothing. */
export function markup(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return Html.trusted(texts.reduce((all, text, at) => all + textOf(parts[at - 1]) + text));
}

function textOf(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "string" || typeof part === "number") return escaped(String(part));
  return part.map(textOf).join("");
}

/** Writes a text so that HTML and XML take it as nothing but text. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
