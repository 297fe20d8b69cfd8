// Flags and checks that `jepa index` and `jepa search` share.
import { type Flag, text } from "./flags.ts";

/** Where an index is unless something else is said. */
export const defaultIndexFolder = "index";

/** The flag `--in`. */
export const inFlag: Flag<string | undefined> = text("folder of the index, ./index by default", {
  placeholder: "folder",
});
