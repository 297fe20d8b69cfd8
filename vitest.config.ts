import { defineConfig, type ViteUserConfig } from "vitest/config";
import { countReporter } from "./test/count-reporter.ts";

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 30_000,
    reporters: ["default", countReporter()],
  },
});

export default config;
