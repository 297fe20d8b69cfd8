// `jepa search`: pictures found by likeness, exactly.
import type { PictureIndex } from "../../embedding/index.ts";
import { UserError } from "../../errors/index.ts";
import { type Command, command } from "../command.ts";
import { number, text, toggle, type Values } from "../flags.ts";
import { defaultIndexFolder, inFlag } from "../index-flags.ts";
import { runsFlag } from "../runs-folder.ts";
import type { Terminal } from "../terminal.ts";
import { deviceFlag, threadsFlag } from "../training-flags.ts";

const load = async () => ({
  ...(await import("../../embedding/index.ts")),
  ...(await import("../engine-means.ts")),
  ...(await import("../index-world.ts")),
});

type Library = Awaited<ReturnType<typeof load>>;

const flags = {
  in: inFlag,
  top: number("hits that are shown, 12 by default", { minimum: 1, maximum: 1000, whole: true }),
  duplicates: toggle("find near-identical pictures of the index instead"),
  atLeast: number("with --duplicates: similarity of near-identical pictures, 0.98 by default", {
    minimum: -1,
    maximum: 1,
    whole: false,
  }),
  out: text("the contact sheet, hits.png or duplicates.png by default", { placeholder: "file.png" }),
  model: text("where the index's model is now, if it is elsewhere", { placeholder: "model" }),
  runs: runsFlag,
  device: deviceFlag,
  threads: threadsFlag,
};

type Given = Values<typeof flags>;

/** `jepa search`: finds similar pictures in an index, and shows them. */
export const search: Command = command({
  name: "search",
  group: "use",
  summary: "Find the pictures of an index that are most like one",
  description:
    "Every picture of the index is compared, by cosine similarity. The picture itself, where it is in the index, is left out. The contact sheet replaces an older one.",
  arguments: [{ name: "picture", describe: "a picture file", need: "optional" }],
  examples: [
    { line: "jepa search pictures/one/0.png", comment: "a table, and hits.png" },
    { line: "jepa search new.jpg --in found --top 30", comment: "more hits, another index" },
    { line: "jepa search --duplicates --at-least 0.99", comment: "near-identical ones" },
  ],
  flags,
  load,
  run: async (library, { words: [picture], flags: given }, terminal) => {
    const asked = askedFor(picture, given.duplicates);
    const index = await library.openIndex(given.in ?? defaultIndexFolder);
    if (asked === "duplicates") await tellDuplicates(library, index, given, terminal);
    else await tellHits(library, index, asked.picture, given, terminal);
    return 0;
  },
});

function askedFor(picture: string | undefined, duplicates: boolean): { picture: string } | "duplicates" {
  if (picture === undefined && duplicates) return "duplicates";
  if (picture !== undefined && !duplicates) return { picture };
  throw new UserError({
    where: "jepa search",
    expected: "a picture, or --duplicates",
    received: duplicates ? "both" : "neither",
    remedy: "give one, such as: jepa search photo.jpg",
  });
}

async function tellHits(library: Library, index: PictureIndex, picture: string, given: Given, terminal: Terminal) {
  const { top = 12, out = "hits.png" } = given;
  library.checkSheet(out, index, picture);
  const runtime = await library.openEngine(given);
  const nearest = await library.openSearch(runtime, index, { top: top + 1 });
  const encoder = await library.openIndexEncoder(index, runtime, given, terminal);
  try {
    const vector = await library.embedQuery(encoder, index, picture);
    const start = terminal.world.now();
    const found = await nearest.nearest(vector);
    const milliseconds = terminal.world.now() - start;
    const hits = library.othersThan(picture, found, top);
    await library.writeSheet(out, await library.drawHits(index, picture, hits));
    const searched = index.pictures.length;
    terminal.notice(`compared with ${searched} pictures in ${milliseconds.toFixed(1)} ms`);
    terminal.result({
      json: { picture, index: index.folder, model: index.model.name, searched, milliseconds, hits, sheet: out },
      text: () => `${library.hitsTable(hits)}\n${out}`,
    });
  } finally {
    await encoder.close();
    await nearest.close();
  }
}

async function tellDuplicates(library: Library, index: PictureIndex, given: Given, terminal: Terminal) {
  const { atLeast = 0.98, out = "duplicates.png" } = given;
  library.checkSheet(out, index, undefined);
  const groups = await library.duplicatePictures(await library.openEngine(given), index, {
    atLeast,
    signal: terminal.signal,
    onProgress: (done, total) => terminal.progress({ done, total, text: `${done} of ${total} blocks compared` }),
  });
  const sheet = groups.length > 0 ? out : null;
  if (sheet !== null) await library.writeSheet(sheet, await library.drawDuplicates(index, groups));
  terminal.result({
    json: { index: index.folder, model: index.model.name, searched: index.pictures.length, atLeast, groups, sheet },
    text: () => [library.duplicatesTable(groups), ...(sheet === null ? [] : [sheet])].join("\n"),
  });
}
