// Serves the example page and one model directory on this machine alone: npx tsx examples/web/serve.ts my-model
// The two headers make the page cross-origin isolated, which the engine needs for more than one thread.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What the page needs of this repository; nothing else is served of it. */
const parts = ["examples/web", "dist", "node_modules/zod", "node_modules/onnxruntime-web/dist"];

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript",
  mjs: "text/javascript",
  json: "application/json",
  wasm: "application/wasm",
};

/** Begins to serve: `folders` by the beginning of their addresses, such as /model/, beside the page's own files. */
export async function serve(folders: Readonly<Record<string, string>>, port = 0): Promise<Server> {
  const own = Object.fromEntries(parts.map((part) => [`/${part}/`, join(root, part)]));
  const all = Object.entries({ ...own, ...folders });
  const server = createServer(async (request, response) => {
    const path = pathOf(request.url ?? "/");
    if (path === "/") {
      response.writeHead(302, { location: "/examples/web/index.html" }).end();
      return;
    }
    const [beginning, folder] = all.find(([start]) => path.startsWith(start)) ?? ["", ""];
    const file = resolve(folder, path.slice(beginning.length));
    const isInside = folder !== "" && file.startsWith(resolve(folder) + sep);
    const bytes = isInside ? await readFile(file).catch(() => undefined) : undefined;
    response.writeHead(bytes === undefined ? 404 : 200, {
      "content-type": types[path.split(".").at(-1) ?? ""] ?? "application/octet-stream",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
    });
    response.end(bytes);
  });
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  return server;
}

/** The path that is asked for; "/" where its escapes are broken. */
function pathOf(url: string): string {
  try {
    return decodeURIComponent(url.replace(/[?#].*$/s, ""));
  } catch {
    return "/";
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , model] = process.argv;
  const port = 8080;
  const fault = model === undefined ? "name a model directory: npx tsx examples/web/serve.ts my-model" : faultOf(model);
  if (fault !== undefined) fail(fault);
  await serve({ "/model/": model }, port).catch((error: Error) =>
    fail(`port ${port} of this machine: ${error.message}`),
  );
  console.log(`http://127.0.0.1:${port}/examples/web/index.html`);
}

/** What keeps the page from working, where something does. */
function faultOf(model: string): string | undefined {
  if (!existsSync(join(root, "dist/web/index.js"))) return "the page imports the built package: npm run build";
  if (existsSync(join(model, "model.safetensors")) || existsSync(join(model, "model.safetensors.index.json"))) return;
  return `${model} is no model directory; make one: npx jepa export builtin:ijepa-cifar10 --to my-model`;
}

function fail(why: string): never {
  console.error(why);
  process.exit(1);
}
