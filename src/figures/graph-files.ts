// A graph on disk, in the form that the ending of its path names.
import { extname } from "node:path";
import { UserError } from "../errors/index.ts";
import { replaceFile } from "../files/index.ts";
import { drawingPng, standaloneSvg } from "./drawing.ts";
import { type Graph, type GraphFigure, type GraphTotals, graphTotals } from "./graph.ts";
import { graphDot } from "./graph-dot.ts";
import { graphPicture } from "./graph-picture.ts";

/** Most pixels a side of a PNG: what common viewers still open. */
const mostPixels = 16_000;

const formats: Readonly<Record<string, (figure: GraphFigure) => string | Promise<Uint8Array>>> = {
  ".svg": (figure) => standaloneSvg(graphPicture(figure)),
  ".png": (figure) => {
    const drawing = graphPicture(figure);
    return drawingPng(drawing, Math.min(2, mostPixels / Math.max(drawing.width, drawing.height)));
  },
  ".dot": graphDot,
  ".json": (figure) => `${JSON.stringify(graphJson(figure), null, 1)}\n`,
};

/** Throws UserError where a path doesn't end in a form that graphs are written in. */
export function checkGraphPath(path: string): void {
  if (Object.hasOwn(formats, extname(path))) return;
  throw new UserError({
    where: "--out",
    expected: `a file that ends in ${Object.keys(formats).join(", ")}`,
    received: path,
    remedy: `call it ${extname(path) === "" ? path : path.slice(0, -extname(path).length)}.svg`,
  });
}

/**
 * Writes a graph, whole or not at all.
 * @throws UserError for an ending that `checkGraphPath` refuses, a folder that isn't there, a full disk
 */
export async function writeGraph(path: string, figure: GraphFigure): Promise<void> {
  checkGraphPath(path);
  await replaceFile(path, await formats[extname(path)](figure));
}

/** Nodes, edges and totals, as JSON tells of a graph. */
export function graphJson({ boxes, arrows }: Graph): {
  nodes: Graph["boxes"];
  edges: Graph["arrows"];
  totals: GraphTotals;
} {
  return { nodes: boxes, edges: arrows, totals: graphTotals(boxes) };
}
