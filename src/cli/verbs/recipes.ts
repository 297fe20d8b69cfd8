// Reading recipes: the named ones, or each value of one with where it comes from.

import { type Command, command } from "../command.ts";
import { tableText } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { recipeArgument, setFlag } from "../training-flags.ts";

/** `jepa recipes`: the recipes there are, or one with each value and where it comes from. */
export const recipes: Command = command({
  name: "recipes",
  group: "data",
  summary: "List the recipes, or show one, each value with its source",
  description: "What wins: --set, then JEPA_SET, then the recipe's file, then the named recipe, then the default.",
  arguments: [recipeArgument("optional")],
  examples: [
    { line: "jepa recipes", comment: "names and what they are for" },
    { line: "jepa recipes demo --set optimizer.lr=2e-3", comment: "what would be trained" },
    { line: "jepa recipes demo --verbose", comment: "with the meaning of each field" },
  ],
  flags: { set: setFlag },
  load: async () => ({ ...(await import("../../recipes/index.ts")), ...(await import("../given-recipe.ts")) }),
  run: async (library, { words: [word], flags: { set } }, terminal) => {
    if (word !== undefined) return showOne(await library.givenRecipe(word, set, terminal), terminal);
    const rows = library.recipes.map(({ name, summary }) => [name, summary]);
    terminal.result({
      json: { recipes: library.recipes.map(({ name, summary }) => ({ name, summary })) },
      text: () => tableText([{ heading: "recipe" }, { heading: "what it is" }], rows),
    });
    return 0;
  },
});

type Given = Awaited<ReturnType<typeof import("../given-recipe.ts").givenRecipe>>;

function showOne({ name, recipe, fields }: Given, terminal: Terminal): 0 {
  const { verbose } = terminal.manner;
  const columns = [{ heading: "field" }, { heading: "value" }, { heading: "from" }];
  const rows = fields.map(({ path, value, source, description }) => [
    path,
    value === undefined ? "-" : JSON.stringify(value),
    source.label,
    ...(verbose ? [description ?? ""] : []),
  ]);
  terminal.result({
    json: {
      name,
      recipe,
      fields: fields.map(({ path, value, source, description }) => ({
        path,
        value: value ?? null,
        from: source.kind,
        source: source.label,
        description,
      })),
    },
    text: () => tableText(verbose ? [...columns, { heading: "meaning" }] : columns, rows),
  });
  return 0;
}
