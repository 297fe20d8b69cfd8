import { defineConfig, type ViteUserConfig } from "vitest/config";
import { countReporter } from "./test/count-reporter.ts";

/** Tests in a browser that this machine must have (`npm run test:browser`), of what was built. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/browser/**/*.browser.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ["default", countReporter()],
  },
});

export default config;
