// Drop pictures: each is embedded in the page, shown with its patches as colours and with the nearest of those before.
// Another model: index.html?model=https://example.org/my-model/
import { cosine, loadEncoder, patchColours, plainPicture } from "jepa/web";

const element = (id) => document.getElementById(id);
const state = element("state");
const known = [];

const say = (text) => {
  state.textContent = text;
};

/** A canvas with the pixels of `picture`: [height, width, 3] bytes. */
function drawn({ pixels, width, height }, name) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", name);
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) image.data.set([...pixels.subarray(3 * i, 3 * i + 3), 255], 4 * i);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** The file as a canvas of its own size, upright. */
async function decoded(file) {
  const bitmap = await createImageBitmap(file);
  const canvas = Object.assign(document.createElement("canvas"), { width: bitmap.width, height: bitmap.height });
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  return canvas;
}

async function show(encoder, file) {
  const canvas = await decoded(file);
  const begin = performance.now();
  const { pooled, patches, grid } = await encoder.embed(canvas);
  const milliseconds = Math.round(performance.now() - begin);
  const seen = { pixels: encoder.prepare(canvas), ...encoder.pictureSize };
  const plain = await encoder.embed({ ...seen, pixels: plainPicture(seen.pixels) });
  const colours = patchColours(patches, grid, plain.patches);
  const held = Math.round(100 * colours.share.reduce((sum, share) => sum + share, 0));
  const [nearest] = known
    .map((other) => ({ ...other, similarity: cosine(pooled, other.pooled) }))
    .sort((a, b) => b.similarity - a.similarity);
  const figure = document.createElement("figure");
  const caption = document.createElement("figcaption");
  const near = nearest ? `nearest: ${nearest.name} (cosine ${nearest.similarity.toFixed(3)})` : "nearest: none yet";
  caption.textContent = `${file.name}: components hold ${held}% of the variance; ${near}; ${milliseconds} ms`;
  figure.append(drawn(seen, file.name), drawn(colours, `patches of ${file.name} as colours`));
  if (nearest) figure.append(drawn(nearest.seen, `nearest: ${nearest.name}`));
  figure.append(caption);
  element("seen").prepend(figure);
  known.push({ name: file.name, pooled, seen });
}

async function showAll(encoder, files) {
  for (const file of files) {
    try {
      await show(encoder, file);
    } catch (error) {
      say(`${file.name}: ${error.message}`);
    }
  }
}

try {
  const model = new URL(new URLSearchParams(location.search).get("model") ?? "/model/", location.href);
  const wasmPaths = new URL("../../node_modules/onnxruntime-web/dist/", location.href).href;
  const encoder = await loadEncoder(model, { wasmPaths });
  const { grid, width } = encoder;
  say(`Ready: ${grid.rows} x ${grid.columns} patches, ${width} numbers each.`);
  const drop = element("drop");
  element("files").addEventListener("change", (event) => showAll(encoder, event.target.files));
  drop.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    showAll(encoder, event.dataTransfer.files);
  });
} catch (error) {
  say(error.message);
}
