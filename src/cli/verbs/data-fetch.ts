// Fetching a named data set ahead of its first use.

import { type Command, command } from "../command.ts";
import { dataProgress } from "../data-progress.ts";

/** `jepa data fetch`: brings a data set into the cache, after which no network is needed. */
export const dataFetch: Command = command({
  name: "data fetch",
  group: "data",
  summary: "Fetch a data set once, for use without a network",
  description: "The data set is checked against a pinned digest, decoded once and kept under JEPA_CACHE.",
  arguments: [{ name: "name", describe: "name a data set, such as cifar10", need: "required" }],
  examples: [{ line: "jepa data fetch cifar10", comment: "60,000 labelled pictures, 139 MB" }],
  flags: {},
  load: () => import("../../data/index.ts"),
  run: async ({ fetchDataSet }, { words: [name = ""] }, terminal) => {
    const { environment, signal } = terminal;
    const { folder, fetched } = await fetchDataSet(name, { environment, signal, progress: dataProgress(terminal) });
    terminal.result({
      json: { data: name, folder, fetched },
      text: () => `${name} ${fetched ? "is now" : "was already"} in ${folder}`,
    });
    return 0;
  },
});
