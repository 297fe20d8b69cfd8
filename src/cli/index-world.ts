// What `jepa index` and `jepa search` tell of their work, and how the model of an index is opened again.
import { resolve } from "node:path";
import type { DuplicateGroup, Encoder, IndexUpdate, PictureIndex, SimilarPicture } from "../embedding/index.ts";
import { openEncoder } from "../embedding/index.ts";
import { UserError } from "../errors/index.ts";
import { count, type Drawing, drawingPng } from "../figures/index.ts";
import { replaceFile } from "../files/index.ts";
import { openModel } from "../hub/index.ts";
import type { Runtime } from "../runtime/index.ts";
import { modelOptions } from "./model-world.ts";
import { tableText } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** What an update of an index did, in lines. */
export function updateText({ folder, added, changed, removed, skipped, total }: IndexUpdate): string {
  const facts = [
    ["added", added],
    ["changed", changed],
    ["removed", removed],
    ["skipped", skipped.length],
    ["total", total],
  ] as const;
  return [folder, ...facts.map(([name, value]) => `  ${name.padEnd(9)}${count(value)}`)].join("\n");
}

/** Opens the model of an index as it was opened then, or from `source` where it lies elsewhere now. */
export async function openIndexEncoder(
  { folder, opening }: PictureIndex,
  runtime: Runtime,
  { model: source, runs }: { readonly model: string | undefined; readonly runs: string | undefined },
  terminal: Terminal,
): Promise<Encoder> {
  const { size, encoder, heads, normalise } = opening;
  const options = modelOptions({ runs: runs ?? opening.runs, encoder, heads, normalise }, terminal);
  try {
    return openEncoder(runtime, await openModel(source ?? opening.source, options), { size });
  } catch (error) {
    if (source !== undefined || !(error instanceof UserError) || error.where !== "--model") throw error;
    const fault = {
      where: folder,
      expected: `its model, ${opening.source}, where it was when the index was made`,
      received: "none there",
      remedy: "say where it is now with --model (and --runs, where it is a run)",
    };
    throw new UserError(fault, { cause: error });
  }
}

/** What is similar to a picture, without the picture itself. */
export function othersThan(picture: string, found: readonly SimilarPicture[], top: number): SimilarPicture[] {
  return found.filter(({ path }) => resolve(path) !== resolve(picture)).slice(0, top);
}

/** Hits as a table. */
export function hitsTable(hits: readonly SimilarPicture[]): string {
  const rows = hits.map(({ path, similarity }, i) => [String(i + 1), similarity.toFixed(4), path]);
  return tableText(
    [{ heading: "rank", align: "right" }, { heading: "similarity", align: "right" }, { heading: "path" }],
    rows,
  );
}

/** Groups of near-identical pictures as a table. */
export function duplicatesTable(groups: readonly DuplicateGroup[]): string {
  if (groups.length === 0) return "no near-identical pictures";
  const rows = groups.flatMap((group, number) => {
    return group.map(({ path, similarity }) => [String(number + 1), similarity.toFixed(4), path]);
  });
  return tableText(
    [{ heading: "group", align: "right" }, { heading: "similarity", align: "right" }, { heading: "path" }],
    rows,
  );
}

/**
 * Checks where a sheet is to be written, before any work.
 *
 * @throws UserError where the name is no .png, or is a picture of the index or the query
 */
export function checkSheet(out: string, { pictures }: PictureIndex, query: string | undefined): void {
  const place = resolve(out);
  const isTaken = pictures.some(({ path }) => resolve(path) === place) || (query && resolve(query) === place);
  if (out.toLowerCase().endsWith(".png") && !isTaken) return;
  throw new UserError({
    where: "--out",
    expected: "a name that ends in .png, of none of the pictures searched",
    received: out,
    remedy: "give another, such as --out hits.png",
  });
}

/** Writes a drawing as a PNG file; it appears whole. */
export async function writeSheet(out: string, drawing: Drawing): Promise<void> {
  await replaceFile(out, await drawingPng(drawing));
}
