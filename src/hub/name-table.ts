// Names of parameters in two worlds, the official checkpoints (which are ours) and Hugging Face's transformers, by
// rules that translate both ways. Query, key and value are one tensor here and three there, in this order along the
// first axis.

/** What holds an official parameter at Hugging Face; `{i}` stands for the same number in all names. */
export interface NameRule {
  readonly official: string;
  /** One after the other along the first axis. */
  readonly huggingface: readonly string[];
  /** Whether the one tensor there holds the parameters of every number, one after the other. */
  readonly stacked?: boolean;
}

/** Where an official parameter is held. */
export interface HeldAs {
  readonly names: readonly string[];
  /** Its place among those that the one tensor holds; undefined where it has tensors of its own. */
  readonly place: number | undefined;
}

/** One family's names. */
export interface NameTable {
  /** @param official such as `blocks.0.attn.qkv.weight` */
  heldAs(official: string): HeldAs;
  /**
   * The official parameter that a tensor there is (part of), `{i}` where it holds those of every number; undefined
   * where none.
   */
  officialName(huggingface: string): string | undefined;
}

/** The rules of a weight and a bias. */
export function weightAndBias(official: string, ...huggingface: readonly string[]): NameRule[] {
  return ["weight", "bias"].map((part) => ({
    official: `${official}.${part}`,
    huggingface: huggingface.map((name) => `${name}.${part}`),
  }));
}

/** The table of a family's rules. */
export function nameTable(rules: readonly NameRule[]): NameTable {
  const byOfficial = new Map(rules.map((rule) => [rule.official, rule]));
  return {
    heldAs(name) {
      const { general, number } = generalised(name);
      const rule = byOfficial.get(general);
      if (rule === undefined) throw new RangeError(`internal: no rule for the parameter "${name}"`);
      const names = rule.huggingface.map((other) => other.replace("{i}", number ?? ""));
      return { names, place: rule.stacked === true ? Number(number) : undefined };
    },
    officialName(name) {
      const { general, number } = generalised(name);
      const rule = rules.find(({ huggingface }) => huggingface.includes(general));
      return rule?.official.replace("{i}", number ?? "{i}");
    },
  };
}

/** A name with `{i}` in the place of its number. */
function generalised(name: string): { general: string; number: string | undefined } {
  const [, number] = /\.(\d+)(?=\.|$)/.exec(name) ?? [];
  return { general: number === undefined ? name : name.replace(/\.\d+(?=\.|$)/, ".{i}"), number };
}
