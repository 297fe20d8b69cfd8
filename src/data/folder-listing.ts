// What a folder of pictures holds: its files in a fixed order, and the classes that its sub-folders stand for.
// - Sub-folders are classes (pictures may lie deeper in them);
//   where pictures lie in the folder itself, there are no classes.
// - Folders `train` and `test` (or `val`), where there are no others, are the parts of the data set, each as above.
//   One stray picture there takes the classes away too: the listing says which it is.
// - Without parts, every fifth picture of each class is held out for testing. A folder without
//   classes is one whole, and both its parts are the same: nothing is tested with it by label.

import type { Stats } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import { UserError } from "../errors/index.ts";
import { diskFault, errorCode } from "../files/index.ts";
import { pictureEndings } from "./decode.ts";
import type { Split } from "./options.ts";

/** A picture file of a folder. */
export interface ListedFile {
  /** Path below the folder, with `/` between its parts. */
  readonly path: string;
  readonly bytes: number;
  /** Time of the last change, in milliseconds since 1970. */
  readonly changed: number;
  /** Index of its class; undefined where there are no classes. */
  readonly label: number | undefined;
}

/** A file that was left out, and why. */
export interface Skipped {
  readonly path: string;
  readonly reason: string;
}

/** The pictures of one part of a folder. */
export interface Listing {
  /** [n], by path. */
  readonly files: readonly ListedFile[];
  readonly classes: readonly string[] | undefined;
  /** The part of the folder that these are; `whole` where both parts are the same. */
  readonly part: Split | "whole";
  /** Files of this part that cannot even be opened. */
  readonly skipped: readonly Skipped[];
  /** How many files are held out for testing where the folder has no parts of its own; 0 where nothing is. */
  readonly heldOut: number;
  /** Why there are no classes although there are sub-folders, in a sentence. */
  readonly notice?: string | undefined;
}

/**
 * Lists the pictures of one part of a folder; hidden files and
 * files with other endings are passed over, links are followed.
 *
 * @throws UserError where the folder does not exist, is no folder, or holds no picture of that part
 */
export async function listPictures(folder: string, split: Split): Promise<Listing> {
  const { files: found, skipped } = await walk(folder, "", new Set());
  const placed = place(found);
  const classes = [...new Set(placed.flatMap(({ className }) => className ?? []))].sort();
  const part = partFor(placed, split);
  const chosen = placed.filter((file) => file.part === part);
  const labelled = hasClasses(chosen);
  const files = chosen.map(({ path, bytes, changed, className }) => {
    return { path, bytes, changed, label: labelled ? classes.indexOf(className ?? "") : undefined };
  });
  const divided = part === undefined && labelled;
  const kept = divided ? holdOut(files, split) : files;
  if (kept.length === 0) throw noPictures(folder, split, found.length);
  return {
    files: kept,
    classes: labelled ? classes : undefined,
    part: part === undefined && !labelled ? "whole" : split,
    skipped: skipped.filter(({ path }) => part === undefined || firstFolder(path) === part),
    heldOut: divided ? holdOut(files, "test").length : 0,
    notice: strayNotice(chosen),
  };
}

function strayNotice(files: readonly PlacedFile[]): string | undefined {
  const strays = files.filter(({ className }) => className === undefined);
  const [first] = strays;
  if (first === undefined || strays.length === files.length) return undefined;
  const which = strays.length === 1 ? first.path : `${first.path} and ${strays.length - 1} more`;
  const them = strays.length === 1 ? "it" : "them";
  return `sub-folders are not taken as classes, because ${which} lie${strays.length === 1 ? "s" : ""} beside them: move ${them} into one to have labels`;
}

/**
 * Paths of all pictures of a folder, below it, in byte order; hidden files and files with other endings are passed
 * over. Those that cannot be opened are among them, so that whoever reads them can say so.
 *
 * @throws UserError where the folder cannot be read
 */
export async function listPictureFiles(folder: string): Promise<string[]> {
  const { files, skipped } = await walk(folder, "", new Set());
  return [...files, ...skipped].map(({ path }) => path).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** A picture and the class folder that it lies in; undefined where it lies in none. */
export interface ClassedFile {
  /** Path below the folder, with `/` between its parts. */
  readonly path: string;
  readonly className: string | undefined;
}

/**
 * Lists the pictures of a folder by class, by path: all of them, or those of its training part where it has parts.
 *
 * @throws UserError where the folder cannot be read
 */
export async function listClassedFiles(
  folder: string,
): Promise<{ files: readonly ClassedFile[]; part: "train" | "whole" }> {
  const placed = place((await walk(folder, "", new Set())).files);
  const part = partFor(placed, "train");
  return { files: placed.filter((file) => file.part === part), part: part === undefined ? "whole" : "train" };
}

/** One in so many pictures of a class is held out. */
const heldOut = 5;

const partNames: readonly string[] = ["train", "test", "val"];

interface FoundFile {
  readonly path: string;
  readonly bytes: number;
  readonly changed: number;
}

interface PlacedFile extends FoundFile {
  readonly part: string | undefined;
  readonly className: string | undefined;
}

interface Found {
  readonly files: FoundFile[];
  readonly skipped: Skipped[];
}

async function walk(folder: string, below: string, seen: Set<string>): Promise<Found> {
  const found: Found = { files: [], skipped: [] };
  const entries = await readFolder(join(folder, below));
  const real = await realpath(join(folder, below));
  if (seen.has(real)) return found; // a link that leads back
  seen.add(real);
  for (const { name, bytes } of entries) {
    if (name.startsWith(".")) continue;
    const path = below === "" ? name : `${below}/${name}`;
    const isNamedPicture = pictureEndings.includes(extname(name).toLowerCase());
    const isText = Buffer.from(name).equals(bytes);
    const about = await look(Buffer.concat([Buffer.from(`${join(folder, below)}${sep}`), bytes]));
    if (typeof about === "string") found.skipped.push({ path, reason: about });
    else if (about.isDirectory() && isText) {
      const inside = await walk(folder, path, seen);
      found.files.push(...inside.files);
      found.skipped.push(...inside.skipped);
    } else if (!isText && (about.isDirectory() || isNamedPicture)) {
      found.skipped.push({ path, reason: "its name is not UTF-8: give it another" });
    } else if (about.isFile() && isNamedPicture) {
      found.files.push({ path, bytes: about.size, changed: about.mtimeMs });
    }
  }
  return found;
}

/** What a path leads to, or why it leads nowhere. */
async function look(path: Buffer): Promise<Stats | string> {
  try {
    return await stat(path);
  } catch (error) {
    const code = errorCode(error) ?? "";
    return whyNowhere[code] ?? `it cannot be opened (${code})`;
  }
}

const whyNowhere: Readonly<Record<string, string>> = {
  ENOENT: "it is a link that leads nowhere",
  ENOTDIR: "it is a link that leads nowhere",
  ELOOP: "it is a link that leads back to itself",
  EACCES: "permission denied",
};

/** Names with their bytes, since a name need not be text; sorted by code units, which no locale changes: the index of a picture must
 * be the same everywhere. */
async function readFolder(folder: string): Promise<{ readonly name: string; readonly bytes: Buffer }[]> {
  try {
    const names = await readdir(folder, { encoding: "buffer" });
    const entries = names.map((bytes) => ({ name: bytes.toString("utf8"), bytes }));
    return entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  } catch (error) {
    throw diskFault(folder, error);
  }
}

function place(found: readonly FoundFile[]): PlacedFile[] {
  const tops = new Set(found.map(({ path }) => firstFolder(path)));
  const parted = tops.has("train") && [...tops].every((top) => top !== undefined && partNames.includes(top));
  return found.map((file) => {
    const part = parted ? firstFolder(file.path) : undefined;
    const rest = part === undefined ? file.path : file.path.slice(part.length + 1);
    return { ...file, part, className: firstFolder(rest) };
  });
}

function firstFolder(path: string): string | undefined {
  const end = path.indexOf("/");
  return end < 0 ? undefined : path.slice(0, end);
}

// Of `test` and `val` the one that has classes where the training
// part has them: a test part may be without, to be guessed.
function partFor(placed: readonly PlacedFile[], split: Split): string | undefined {
  const parts = new Set(placed.map(({ part }) => part));
  if (parts.has(undefined) || parts.size === 0) return undefined;
  if (split === "train") return "train";
  const others = ["test", "val"].filter((name) => parts.has(name));
  const like = (name: string) => hasClasses(placed.filter(({ part }) => part === name));
  return others.find((name) => like(name) === like("train")) ?? others[0] ?? "test";
}

function hasClasses(files: readonly PlacedFile[]): boolean {
  return files.length > 0 && files.every(({ className }) => className !== undefined);
}

function holdOut(files: readonly ListedFile[], split: Split): ListedFile[] {
  const counts = new Map<number | undefined, number>();
  return files.filter(({ label }) => {
    const before = counts.get(label) ?? 0;
    counts.set(label, before + 1);
    return (before % heldOut === heldOut - 1) === (split === "test");
  });
}

function noPictures(where: string, split: Split, found: number): UserError {
  if (found === 0) {
    return new UserError({
      where,
      expected: "pictures (JPEG, PNG, WebP or AVIF)",
      received: "a folder without any",
      remedy: "give a folder that holds pictures, or sub-folders of pictures",
    });
  }
  return new UserError({
    where,
    expected: `pictures for the ${split} part`,
    received: `none among its ${found}`,
    remedy: `add a sub-folder \`${split}\`, or have at least ${heldOut} pictures in a class`,
  });
}
