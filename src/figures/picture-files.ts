// A drawing on disk as a PNG that appears whole, and never in place of another file unasked.
import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { UserError } from "../errors/index.ts";
import { replaceFile } from "../files/index.ts";
import { type Drawing, drawingPng } from "./drawing.ts";

/** Throws UserError where a path does not end in .png, or something is there that may not be replaced. */
export async function checkPicturePath(path: string, { force }: { readonly force: boolean }): Promise<void> {
  if (extname(path).toLowerCase() !== ".png") {
    const remedy = `call it ${extname(path) === "" ? path : path.slice(0, -extname(path).length)}.png`;
    throw new UserError({ where: "--out", expected: "a file that ends in .png", received: path, remedy });
  }
  if (force || (await stat(path).catch(() => undefined)) === undefined) return;
  throw new UserError({
    where: "--out",
    expected: "a path where nothing is yet",
    received: `${path}, which exists`,
    remedy: "give another path, or add --force to replace it",
  });
}

/** Writes the drawing. Throws UserError for a folder that isn't there, a full disk. */
export async function writePicture(path: string, drawing: Drawing): Promise<void> {
  await replaceFile(path, await drawingPng(drawing));
}
