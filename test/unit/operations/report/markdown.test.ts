import { expect, it } from "vitest";
import { markdown } from "../../../../operations/report/markdown.ts";

it.each([
  ["One\nparagraph.\n\nAnother.", "<p>One\nparagraph.</p><p>Another.</p>"],
  ["Run `a <b>` **now**, see [docs](api.md).", "<p>Run <code>a &#60;b&#62;</code> <strong>now</strong>, see docs.</p>"],
  ["1. first `x`\n2. second", "<ol><li>first <code>x</code></li><li>second</li></ol>"],
  ["- one\n- two", "<ul><li>one</li><li>two</li></ul>"],
  [
    "Do:\n\n```sh\ndocker ps\n\ndocker logs <x>\n```\n\nDone",
    "<p>Do:</p><pre><code>docker ps\n\ndocker logs &#60;x&#62;</code></pre><p>Done</p>",
  ],
  ["### Why\n\nSo.", "<h4>Why</h4><p>So.</p>"],
  [
    "| A | B |\n| - | - |\n| `1` | 2 |",
    "<table><tr><td>A</td><td>B</td></tr><tr><td><code>1</code></td><td>2</td></tr></table>",
  ],
  ["[`code`](x)", "<p><code>code</code></p>"],
  ["", ""],
])("%j", (text, expected) => {
  expect(markdown(text).text).toBe(expected);
});
