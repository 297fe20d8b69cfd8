// The classes of a head as a config.json gives them.

/** Names of the classes in the order of their numbers; `id2label` of transformers. */
export function labelsOf(byIndex: Readonly<Record<string, string>>): string[] {
  return Object.entries(byIndex)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, label]) => label);
}
