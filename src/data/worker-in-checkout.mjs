// The entry of a worker thread in a checkout, where the code is TypeScript: tsx must be registered in each thread anew, since
// what the main thread registered (tsx, vitest or Node itself) does not reach its workers in every version of Node. Not built.

import { register } from "tsx/esm/api";

register();
await import("./worker.ts");
