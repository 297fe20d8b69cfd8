// Contact sheets of what was found: the pictures are read again, small, and drawn.

import { basename, dirname } from "node:path";
import { decodeLimited } from "../data/index.ts";
import { count, type Drawing, duplicateSheet, hitSheet, type SheetPicture } from "../figures/index.ts";
import type { PictureIndex } from "./index-files.ts";
import type { DuplicateGroup, SimilarPicture } from "./similar-pictures.ts";

/** Pixels of a picture's shorter side, at most: twice what a hit takes on the sheet, and half of that for the query. */
const [querySide, hitSide] = [640, 320];
/** Groups and pictures of a group that are drawn; the table tells of all. */
const [groupsDrawn, picturesDrawn] = [24, 12];

/** Draws a picture with what is similar to it. */
export async function drawHits(
  { model, pictures }: Pick<PictureIndex, "model" | "pictures">,
  picture: string,
  hits: readonly SimilarPicture[],
): Promise<Drawing> {
  return hitSheet({
    query: await sheetPicture(picture, querySide),
    hits: await drawn(hits),
    searched: `${count(pictures.length)} pictures, vectors of ${model.name}`,
  });
}

/** Draws groups of near-identical pictures, the first of them where there are many. */
export async function drawDuplicates(
  { model, pictures }: Pick<PictureIndex, "model" | "pictures">,
  groups: readonly DuplicateGroup[],
): Promise<Drawing> {
  const shown: Awaited<ReturnType<typeof drawn>>[] = [];
  for (const group of groups.slice(0, groupsDrawn)) shown.push(await drawn(group.slice(0, picturesDrawn)));
  const [all, seen] = [groups, shown].map((each) => each.reduce((sum, { length }) => sum + length, 0));
  const left =
    all === seen ? "" : `, ${count(all - seen)} more of ${count(groups.length)} groups are in the table only`;
  return duplicateSheet({
    groups: shown,
    compared: `${count(pictures.length)} pictures compared by vectors of ${model.name}${left}`,
  });
}

/** One after another: a photograph takes much memory while it is decoded. */
async function drawn(found: readonly SimilarPicture[]) {
  const pictures: (SheetPicture & { readonly similarity: number })[] = [];
  for (const { path, similarity } of found) pictures.push({ ...(await sheetPicture(path, hitSide)), similarity });
  return pictures;
}

/** The folder often is the class, and files of several are often called alike. */
function nameWithFolder(path: string): string {
  const folder = basename(dirname(path));
  return folder === "" || folder === "." ? basename(path) : `${folder}/${basename(path)}`;
}

async function sheetPicture(path: string, side: number): Promise<SheetPicture> {
  const name = nameWithFolder(path);
  try {
    return { name, picture: await decodeLimited(path, side) };
  } catch {
    return { name }; // vanished or changed since the index was made: its place stays, and says so
  }
}
