// The figures and tables of a report page: a heading that states the finding, the picture, how to read it, its numbers.
import { type Drawing, embedded, type Table } from "./drawing.ts";
import { type Content, type Element, element } from "./markup.ts";
import { percent } from "./numerals.ts";
import type { Score } from "./score.ts";

/** A figure as wide as its column, with its numbers under "Show as table". */
export function tabledFigure(drawing: Drawing): Element {
  return figure(drawing, embedded(drawing), foldedTable(drawing));
}

/** As `tabledFigure`, for a picture too rich to shrink: on a narrow screen it scrolls. */
export function wideFigure(drawing: Drawing): Element {
  return figure(drawing, scrolling(drawing.title, embedded(drawing)), foldedTable(drawing));
}

/** As `wideFigure`, where the table stands open beside it. */
export function plainFigure(drawing: Drawing): Element {
  return figure(drawing, scrolling(drawing.title, embedded(drawing)), []);
}

function figure({ name, title, caption }: Drawing, picture: Element, after: readonly Content[]): Element {
  return element("figure", { id: `figure-${name}` }, [
    element("figcaption", {}, element("h3", {}, title)),
    picture,
    element("p", { class: "caption" }, caption),
    ...after,
  ]);
}

/** What may be wider than the screen scrolls by itself, by keyboard too, and never the page. */
function scrolling(name: string, content: Element): Element {
  return element("div", { class: "wide", role: "region", "aria-label": name, tabindex: 0 }, content);
}

function foldedTable({ title, table }: Drawing): Element[] {
  return table === undefined ? [] : [tableDetails("Show as table", `${title}, as a table`, table)];
}

/** A table behind a summary line. */
export function tableDetails(summary: string, caption: string, { columns, rows, note }: Table): Element {
  const header = columns.map((column) => element("th", { scope: "col" }, column));
  const body = rows.map(([first = "", ...rest]) =>
    element("tr", {}, [element("th", { scope: "row" }, first), ...rest.map((cell) => element("td", {}, cell))]),
  );
  const table = element("table", { "aria-label": caption }, [
    element("thead", {}, element("tr", {}, header)),
    element("tbody", {}, body),
  ]);
  return element("details", {}, [
    element("summary", {}, summary),
    element("div", { class: "scroll", role: "region", "aria-label": caption, tabindex: 0 }, table),
    ...(note === undefined ? [] : [element("p", { class: "caption" }, note)]),
  ]);
}

/** The evaluation as a table that is always open: it is what a report is read for. */
export function scoreTable(scores: readonly Score[]): Element {
  const names = ["Features", "Method", "Accuracy", "95% interval", "Against the floors"];
  const header = names.map((name, i) => element("th", { scope: "col", class: i === 2 ? "number" : undefined }, name));
  const rows = scores.map(({ features, method, kind, accuracy, interval, standing, verdict }) => {
    const weight = kind === "result" ? "strong" : undefined;
    const marked = verdict === undefined ? "floor" : `${standingMarks[standing ?? "level"]} ${verdict}`;
    return element("tr", {}, [
      element("th", { scope: "row", class: weight }, features),
      element("td", {}, method || "–"),
      element("td", { class: `number ${weight ?? ""}` }, percent(accuracy)),
      element("td", {}, `${percent(interval[0])} to ${percent(interval[1])}`),
      element("td", {}, marked),
    ]);
  });
  const table = element("table", { "aria-label": "Evaluation" }, [
    element("thead", {}, element("tr", {}, header)),
    element("tbody", {}, rows),
  ]);
  return scrolling("Evaluation table", table);
}

const standingMarks = { above: "↑", level: "≈", below: "↓" } as const;
