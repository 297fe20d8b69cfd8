// The card of a model directory: what it is, how pictures are fed to it, and by whose licence; read back by whoever
// opens it.

import { headArchitecture } from "./encoder-config.ts";
import type { OpenedModel } from "./opened-model.ts";

/** What was measured of a model, as a table: with what it is of, and what is to be said of it. */
export interface CardFigures {
  readonly caption: string;
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly remarks: readonly string[];
}

/** What a card says besides the model. */
export interface CardOptions {
  /** Where the model was evaluated. */
  readonly figures?: CardFigures | undefined;
  /** Classes of the head that goes with it. */
  readonly labels?: readonly string[] | undefined;
}

/** README.md with front matter, as the hub expects it. */
export function cardText(
  { name, kind, sizes, encoder, preprocessing, licence }: OpenedModel,
  { figures, labels }: CardOptions = {},
): string {
  const { width, depth, heads, patch } = sizes;
  const architecture = labels === undefined ? "IJepaModel" : headArchitecture;
  const { size, part, pixels } = preprocessing;
  const front = [
    "library_name: transformers",
    `pipeline_tag: ${labels === undefined ? "image-feature-extraction" : "image-classification"}`,
    "tags:",
    "- ijepa",
    `jepa_encoder: ${encoder}`,
  ];
  if (licence !== undefined) front.push(`license: ${licence}`);
  const seen =
    part === "square"
      ? `the largest centred square, resized to ${size.height} x ${size.width}`
      : `the whole picture, resized to ${size.height} x ${size.width}`;
  return `---
${front.join("\n")}
---

# ${name}

An I-JEPA encoder (Assran et al. 2023, arXiv 2301.08243), the ${encoder} encoder of: ${kind}.

- Vision transformer: width ${width}, depth ${depth}, ${heads} heads, patch ${patch}, no class token.
- Input: ${seen}, pixels / 255, mean ${pixels.mean.join(", ")}, deviation ${pixels.deviation.join(", ")}.
- Vector of a picture: the mean of \`last_hidden_state\` over its patches.
${labels === undefined ? "" : `- Classification head on that vector: ${labels.length} classes.\n`}- Licence of these weights: ${licence ?? "not stated; it is for whoever trained them to say"}.
${figures === undefined ? "" : `\n${figuresText(figures)}\n`}
\`\`\`python
from transformers import AutoImageProcessor, ${architecture}
model = ${architecture}.from_pretrained("this directory")
\`\`\`
`;
}

function figuresText({ caption, headings, rows, remarks }: CardFigures): string {
  const lines = [headings, headings.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return [
    `${caption}.`,
    "",
    ...lines,
    ...(remarks.length === 0 ? [] : ["", ...remarks.map((remark) => `- ${remark}`)]),
  ].join("\n");
}
