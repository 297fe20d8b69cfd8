import { describe, expect, it } from "vitest";
import { dataOptions } from "./index.ts";

describe("dataOptions", () => {
  it("fills in I-JEPA's augmentation and one worker", () => {
    expect(dataOptions.parse({ source: "cifar10", crop: 32 })).toEqual({
      source: "cifar10",
      crop: 32,
      scale: [0.3, 1],
      flip: false,
      workers: 1,
    });
  });

  it.each([
    [{ source: "cifar10", crop: 32, cropp: 1 }, "cropp"],
    [{ source: "cifar10", crop: 32.5 }, "expected int"],
    [{ source: "cifar10", crop: 0 }, "crop"],
    [{ source: "", crop: 32 }, "source"],
    [{ source: "cifar10", crop: 32, scale: [0.9, 0.3] }, "the least share must not be above the most"],
    [{ source: "cifar10", crop: 32, scale: [0, 1] }, "scale"],
    [{ source: "cifar10", crop: 32, workers: -1 }, "workers"],
  ])("refuses %j and says %s", (options, says) => {
    expect(dataOptions.safeParse(options).error?.message).toContain(says);
  });

  it("describes every field", () => {
    for (const field of Object.values(dataOptions.shape)) expect(field.description?.length).toBeGreaterThan(10);
  });
});
