// The browser of the tests: JEPA_CHROMIUM, else where systems put Chromium or Chrome.
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Starts it. Throws where there is none: a test in a browser that is not there has not passed. */
export async function openBrowser(): Promise<Browser> {
  const { JEPA_CHROMIUM: named } = process.env;
  const executablePath = named ?? places.find((place) => existsSync(place));
  if (executablePath === undefined) {
    throw new Error(`no browser: install one (apt install chromium), or name its program in JEPA_CHROMIUM`);
  }
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}
