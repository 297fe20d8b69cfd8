// Looking into a data set before training on it: pictures, classes, files that cannot be read.

import type { Pictures } from "../../data/index.ts";
import { type Command, command } from "../command.ts";
import { dataProgress } from "../data-progress.ts";
import { choice } from "../flags.ts";
import { tableText } from "../table.ts";

/** `jepa data show`: what a data set holds, and which files could not be read. */
export const dataShow: Command = command({
  name: "data show",
  group: "data",
  summary: "Say what a data set or a folder of pictures holds",
  arguments: [
    { name: "source", describe: "name a data set, such as cifar10, or a folder of pictures", need: "required" },
  ],
  examples: [
    { line: "jepa data show ./pictures", comment: "pictures, classes, files that cannot be read" },
    { line: "jepa data show cifar10 --split test", comment: "the held-out part" },
  ],
  flags: { split: choice("which part: train (default) or test", ["train", "test"]) },
  load: () => import("../../data/index.ts"),
  run: async ({ openPictures }, { words: [source = ""], flags: { split = "train" } }, terminal) => {
    const { environment, signal } = terminal;
    const pictures = await openPictures(source, { split, environment, signal, progress: dataProgress(terminal) });
    const { name, size, skipped, heldOut, notice } = pictures;
    const classes = countClasses(pictures);
    await pictures.close();
    terminal.result({
      json: {
        data: name,
        split,
        pictures: size,
        classes,
        skipped,
        heldOut,
        ...(notice === undefined ? {} : { notice }),
      },
      text: () =>
        [
          `${name}: ${counted(size, "picture")}${classes === null ? ", no labels" : ` in ${counted(classes.length, "class", "classes")}`}`,
          ...(split === "train" && heldOut > 0 ? [heldOutText(heldOut)] : []),
          ...(notice === undefined ? [] : [notice]),
          ...(classes === null
            ? []
            : [tableText([{ heading: "class" }, { heading: "pictures", align: "right" }], rowsOf(classes))]),
          ...skipped.map(({ path, reason }) => `cannot be read: ${path} (${reason})`),
        ].join("\n"),
    });
    return 0;
  },
});

function heldOutText(count: number): string {
  const more = count === 1 ? "1 more file is" : `${count} more files are`;
  return `${more} held out for jepa eval: every fifth of a class (--split test)`;
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

interface ClassCount {
  readonly name: string;
  readonly pictures: number;
}

function countClasses({ size, classes, label }: Pictures): readonly ClassCount[] | null {
  if (classes === undefined) return null;
  const counts = classes.map(() => 0);
  for (let index = 0; index < size; index++) {
    const place = label(index);
    if (place !== undefined) counts[place] = (counts[place] ?? 0) + 1;
  }
  return classes.map((name, place) => ({ name, pictures: counts[place] ?? 0 }));
}

function rowsOf(classes: readonly ClassCount[]): string[][] {
  return classes.map(({ name, pictures }) => [name, String(pictures)]);
}
