// The card of a model directory: what it is, how pictures are fed to it, and by whose licence; read back by whoever opens it.

import type { OpenedModel } from "./opened-model.ts";

/** README.md with front matter, as the hub expects it. */
export function cardText({ name, kind, sizes, encoder, preprocessing, licence }: OpenedModel): string {
  const { width, depth, heads, patch } = sizes;
  const { size, part, pixels } = preprocessing;
  const front = [
    "library_name: transformers",
    "pipeline_tag: image-feature-extraction",
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
- Licence of these weights: ${licence ?? "not stated; it is for whoever trained them to say"}.

\`\`\`python
from transformers import AutoImageProcessor, IJepaModel
model = IJepaModel.from_pretrained("this directory")
\`\`\`
`;
}
