import { expect, it } from "vitest";
import { markup } from "../../../../operations/report/html.ts";

it("escapes what it is given, and only once", () => {
  const inner = markup`<b title="${`"'`}">${"<i> & co"}</b>`;
  expect(markup`<p>${[inner, "<", 5]}${undefined}</p>`.text).toBe(
    '<p><b title="&#34;&#39;">&#60;i&#62; &#38; co</b>&#60;5</p>',
  );
});
