import { benchStep } from "./step.ts";

const [, , , model = "small", micro = "4"] = process.argv;
console.log(JSON.stringify(await benchStep(model, { microBatch: Number(micro), threads: 2, rounds: 5 })));
