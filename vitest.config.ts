import { defineConfig } from "vitest/config";
import { countReporter } from "./test/count-reporter.ts";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 30_000,
    reporters: ["default", countReporter()],
  },
});
