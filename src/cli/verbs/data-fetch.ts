import { nearest, UserError } from "../../errors/index.ts";
import { type Command, command } from "../command.ts";
import { dataProgress } from "../data-progress.ts";
import { meaning } from "../flags.ts";

/** The data sets that can be fetched. */
const known: readonly string[] = ["cifar10"];

/** `jepa data fetch`: brings a data set into the cache, after which no network is needed. */
export const dataFetch: Command = command({
  name: "data fetch",
  group: "data",
  summary: "Fetch a data set once, for use without a network",
  description: "The data set is checked against a pinned digest, decoded once and kept under JEPA_CACHE.",
  arguments: [{ name: "name", describe: `name a data set: ${known.join(", ")}`, need: "required" }],
  examples: [{ line: "jepa data fetch cifar10", comment: "60,000 labelled pictures, 139 MB" }],
  flags: {},
  load: () => import("../../data/index.ts"),
  run: async ({ fetchCifar10 }, { words: [name = ""] }, terminal) => {
    if (!known.includes(name)) throw unknown(name);
    const { environment, signal } = terminal;
    const { folder, fetched } = await fetchCifar10({ environment, signal, progress: dataProgress(terminal) });
    terminal.result({
      json: { data: name, folder, fetched },
      text: () => `${name} ${fetched ? "is now" : "was already"} in ${folder}`,
    });
    return 0;
  },
});

function unknown(name: string): UserError {
  return new UserError({
    where: "jepa data fetch",
    expected: `one of ${known.join(", ")}`,
    received: name,
    remedy: meaning(nearest(name, known), "a folder of pictures needs no fetching: jepa pretrain <folder>"),
  });
}
