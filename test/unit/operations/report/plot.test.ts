import { expect, it } from "vitest";
import { linePlot, type LinePlot } from "../../../../operations/report/plot.ts";

const plot = (more: Partial<LinePlot>): string =>
  linePlot({
    title: "Time to first token",
    x: { name: "", type: "time" },
    y: { name: "p95", unit: "seconds" },
    series: [],
    ...more,
  });

const hour = 3600_000;
const line = (name: string, values: readonly (number | null)[]) => ({
  name,
  points: values.map((value, at) => [at * hour, value] as const),
});

/** Texts of a plot, as they are read. */
const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);

/** How many strokes a line of a colour has: each gap makes one more. */
const strokes = (svg: string, colour: string) =>
  [...svg.matchAll(/<path d="([^"]+)"[^>]*>/g)]
    .filter(([path]) => path.includes(`stroke="${colour}"`) && path.includes('fill="none"'))
    .flatMap(([, d]) => d?.match(/M/g) ?? []).length;

it("writes the unit once, and figures in it", () => {
  const svg = plot({ series: [line("m", [0.1, 0.2, 0.4])] });
  expect(texts(svg)).toContain("p95 (ms)");
  expect(texts(svg)).toEqual(expect.arrayContaining(["0", "100", "200", "300", "400"]));
});

it("has the unit alone where the axis has no name", () => {
  expect(texts(plot({ y: { name: "", unit: "bytes" }, series: [line("m", [2 ** 30])] }))).toContain("GiB");
});

it("leaves a gap where there is no figure", () => {
  const many = Array.from({ length: 60 }, (_, at) => at);
  const gapped = many.map((at) => (at === 20 || at === 40 ? null : at));
  expect(strokes(plot({ series: [line("m", many)] }), "#2480c0")).toBe(1);
  expect(strokes(plot({ series: [line("m", gapped)] }), "#2480c0")).toBe(3);
});

it("shows a figure that stands alone between two gaps", () => {
  const alone = Array.from({ length: 60 }, (_, at) => (at === 30 ? 5 : null));
  const dots = plot({ series: [line("", alone)] }).match(/fill="#2480c0"/g) ?? [];
  expect(dots).toHaveLength(1);
});

it.each(["title", "legend", "axis", "category"])("lets no markup in from its %s", (from) => {
  const bad = `<script>alert("1")</script>&'`;
  const text = (place: string) => (place === from ? bad : place);
  const svg = plot({
    title: text("title"),
    x: { name: text("axis"), type: "category", values: [text("category")] },
    series: [{ name: text("legend"), points: [[0, 1]] }],
  });
  expect(svg).not.toContain("<script");
  expect(svg).toContain("&lt;script&gt;");
  expect(svg).toMatch(
    /^<svg role="img" aria-label="(title|&#60;script&#62;alert\(&#34;1&#34;\)&#60;\/script&#62;&#38;&#39;)"/,
  );
});

it("is the same for the same figures, and asks for nothing outside", () => {
  const once = () => plot({ series: [line("a", [1, 2]), line("b", [2, 1])] });
  const unnumbered = (svg: string) => svg.replace(/zr\d+/g, "zr");
  expect(unnumbered(once())).toBe(unnumbered(once()));
  expect(once().replace(/xmlns(:\w+)?="[^"]*"|url\(#/g, "")).not.toMatch(/https?:|url\(|href|@import/);
});

it("goes in powers of two where clients are doubled", () => {
  const points = [1, 2, 4, 8].map((clients) => [clients, clients] as const);
  const svg = plot({
    x: { name: "clients", type: "log" },
    y: { name: "", unit: "count" },
    series: [{ name: "", points }],
  });
  const places = [...svg.matchAll(/<text[^>]*translate\(([\d.]+) [\d.]+\)"[^>]*>(1|2|4|8)<\/text>/g)]
    .filter(([text]) => text.includes('text-anchor="middle"'))
    .map(([, x]) => Number(x));
  expect(places).toHaveLength(4);
  const gaps = places.slice(1).map((place, at) => Math.round(place - (places[at] ?? 0)));
  expect(new Set(gaps).size).toBe(1);
});
