// Writing a named data set out as folders of pictures, for other programs and for commands that take a folder.

import { type Command, command } from "../command.ts";
import { dataProgress } from "../data-progress.ts";
import { text } from "../flags.ts";
import { requireTarget } from "../model-flags.ts";

/** `jepa data export`: writes a data set as folders of pictures. */
export const dataExport: Command = command({
  name: "data export",
  group: "data",
  summary: "Write a data set as class folders of PNG files",
  description: "Writes train/<class>/<index>.png and test/<class>/<index>.png. The folder appears when all is written.",
  arguments: [{ name: "name", describe: "name a data set, such as cifar10", need: "required" }],
  examples: [{ line: "jepa data export cifar10 --to cifar10", comment: "60,000 files" }],
  flags: { to: text("where the folder appears; nothing may be there yet", { placeholder: "folder" }) },
  load: () => import("../../data/index.ts"),
  run: async ({ exportPictures }, { words: [name = ""], flags }, terminal) => {
    const { environment, signal } = terminal;
    const options = { environment, signal, progress: dataProgress(terminal) };
    const { folder, pictures, classes } = await exportPictures(name, requireTarget(flags.to, "pictures"), options);
    terminal.result({
      json: { data: name, folder, pictures, classes },
      text: () => `${pictures.train} training and ${pictures.test} test pictures of ${name}: ${folder}`,
    });
    return 0;
  },
});
