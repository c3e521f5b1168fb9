import { lexer, type Token, type Tokens } from "marked";

/** A document, by its path from the project's folder. */
export interface Document {
  readonly path: string;
  readonly text: string;
}

/** All tokens of a document, those inside others too. */
function tokens(text: string): Token[] {
  const all: Token[] = [];
  const visit = (list: readonly Token[]) => {
    for (const token of list) {
      all.push(token);
      if (token.type === "table") {
        const { header, rows } = token as Tokens.Table;
        for (const cell of [header, ...rows].flat()) visit(cell.tokens);
      } else if (token.type === "list") visit((token as Tokens.List).items);
      else visit((token as { tokens?: Token[] }).tokens ?? []);
    }
  };
  visit(lexer(text));
  return all;
}

const codeIn = (list: readonly Token[]) =>
  list.filter(({ type }) => type === "codespan").map((token) => (token as Tokens.Codespan).text);

/** What has to be the same in every language: headings' levels, tables' sizes and first codes, commands, links. */
function skeleton(text: string): string[] {
  const language = (href: string) =>
    href
      .replace(/\.ko\.md/, ".md")
      .replace(/docs\/ko\//, "docs/en/")
      .replace(/#.*/, "#");
  return tokens(text).flatMap((token): string[] => {
    switch (token.type) {
      case "heading":
        return [`heading ${(token as Tokens.Heading).depth}`];
      case "table": {
        const { header, rows } = token as Tokens.Table;
        const codes = rows.map(([first]) => codeIn(first?.tokens ?? []).join(", "));
        return [`table of ${header.length} columns`, ...codes.map((code) => `row ${code}`)];
      }
      case "code": {
        const { lang = "", text: code } = token as Tokens.Code;
        // What people read in a picture differs from language to language.
        return lang === "mermaid" ? ["picture"] : [`code ${code.replaceAll(/^ *#.*\n?/gm, "")}`];
      }
      case "link":
        return [`link ${language((token as Tokens.Link).href)}`];
      default:
        return [];
    }
  });
}

/** The first thing that differs between a document and its translation, apart from words; undefined when nothing does. */
export function difference(one: Document, other: Document): string | undefined {
  // Sentences in another language have their links and codes in another order.
  const kinds = (text: string, link: boolean) => skeleton(text).filter((line) => line.startsWith("link ") === link);
  const ordered = [kinds(one.text, false), kinds(other.text, false)] as const;
  const links = [kinds(one.text, true).sort(), kinds(other.text, true).sort()] as const;
  for (const [a, b] of [ordered, links]) {
    const place = Array.from({ length: Math.max(a.length, b.length) }, (_, index) => index).find(
      (index) => a[index] !== b[index],
    );
    if (place !== undefined)
      return `${one.path} has ${a[place] ?? "nothing"} where ${other.path} has ${b[place] ?? "nothing"}`;
  }
  return undefined;
}

/** The anchor that a heading gets. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(/\s/g, "-");
}

/** Anchors of a document. */
export function anchors(text: string): string[] {
  return tokens(text).flatMap((token) => (token.type === "heading" ? [anchorOf((token as Tokens.Heading).text)] : []));
}

/** Targets of a document's links to other places of the project. */
export function localLinks(text: string): string[] {
  return tokens(text).flatMap((token) => {
    const { href = "" } = token as Partial<Tokens.Link>;
    return token.type === "link" && !/^[a-z]+:/.test(href) ? [href] : [];
  });
}
