import { Html, markup } from "./html.ts";

/** Turns what the project's own documents use of Markdown into HTML; the rest stays as it is written. */
export function markdown(text: string): Html {
  return markup`${blocks(text).map(blockOf)}`;
}

/** Parts between empty lines; code keeps its own. */
function blocks(text: string): string[] {
  return [...text.matchAll(/^```[^]*?^```$|(?:^(?!```).*\S.*\n?)+/gm)].map(([block]) => block.trimEnd());
}

function blockOf(block: string): Html {
  const code = /^```.*\n([^]*?)\n?```$/.exec(block);
  if (code !== null) return markup`<pre><code>${code[1]}</code></pre>`;
  const heading = /^#{2,} (.*)$/.exec(block);
  if (heading !== null) return markup`<h4>${inline(heading[1] ?? "")}</h4>`;
  if (block.startsWith("|")) return markup`<table>${block.split("\n").filter(isRow).map(rowOf)}</table>`;
  if (block.startsWith("- ")) return markup`<ul>${itemsOf(block, /^- /m)}</ul>`;
  if (/^\d+\. /.test(block)) return markup`<ol>${itemsOf(block, /^\d+\. /m)}</ol>`;
  return markup`<p>${inline(block)}</p>`;
}

function itemsOf(block: string, mark: RegExp): Html[] {
  return block
    .split(mark)
    .slice(1)
    .map((item) => markup`<li>${inline(item.trim())}</li>`);
}

const isRow = (line: string) => !/^[|\s:-]+$/.test(line);

function rowOf(line: string): Html {
  const cells = line.replace(/^\||\|$/g, "").split("|");
  return markup`<tr>${cells.map((cell) => markup`<td>${inline(cell.trim())}</td>`)}</tr>`;
}

/** Code, strong words, and links, whose text alone is kept: what they lead to is not in the page. */
function inline(text: string): Html {
  const parts = text.split(/(`[^`]+`|\*\*[^*]+\*\*|\[[^\]]*\]\([^)]*\))/);
  return markup`${parts.map((part) => {
    if (/^`.+`$/s.test(part)) return markup`<code>${part.slice(1, -1)}</code>`;
    if (/^\*\*.+\*\*$/s.test(part)) return markup`<strong>${part.slice(2, -2)}</strong>`;
    const link = /^\[([^\]]*)\]\([^)]*\)$/.exec(part);
    return link === null ? part : inline(link[1] ?? "");
  })}`;
}
