import { type Command, command } from "../command.ts";
import { resolveGiven, setFlag } from "../recipe-argument.ts";
import { tableText } from "../table.ts";

/** `jepa recipes`: the named recipes, or every value of one with where it came from. */
export const recipes: Command = command({
  name: "recipes",
  group: "data",
  summary: "List the recipes, or show every value of one and where it came from",
  arguments: [{ name: "recipe", describe: "a recipe, a file.json, or a folder of pictures", need: "optional" }],
  examples: [
    { line: "jepa recipes", comment: "names and what they are for" },
    { line: "jepa recipes demo --set optimizer.lr=0.002", comment: "every value with its source" },
  ],
  flags: { set: setFlag },
  load: () => import("../../recipes/index.ts"),
  run: async ({ recipes: named }, { words: [given], flags }, terminal) => {
    if (given === undefined) {
      terminal.result({
        json: { recipes: named },
        text: () =>
          tableText(
            [{ heading: "recipe" }, { heading: "what it is" }],
            named.map(({ name, summary }) => [name, summary]),
          ),
      });
      return 0;
    }
    const { name, recipe, fields } = await resolveGiven(given, flags.set, terminal);
    terminal.result({
      json: { name, recipe, fields },
      text: () =>
        tableText(
          [{ heading: "field" }, { heading: "value" }, { heading: "from" }],
          fields.map(({ path, value, source }) => [
            path,
            value === undefined ? "-" : JSON.stringify(value),
            source.label,
          ]),
        ),
    });
    return 0;
  },
});
