import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hubCache, hubSettings } from "./hub-settings.ts";

describe("the cache folder", () => {
  const HOME = "/home/a";
  it.each([
    [{ HOME }, "/home/a/.cache/huggingface/hub"],
    [{ HOME, XDG_CACHE_HOME: "/var/c" }, "/var/c/huggingface/hub"],
    [{ HOME, XDG_CACHE_HOME: "/var/c", HF_HOME: "/data/hf" }, "/data/hf/hub"],
    [{ HOME, HF_HOME: "~/hf" }, "/home/a/hf/hub"],
    [{ HOME, HF_HOME: "/data/hf", HUGGINGFACE_HUB_CACHE: "/old" }, "/old"],
    [{ HOME, HF_HUB_CACHE: "/new", HUGGINGFACE_HUB_CACHE: "/old" }, "/new"],
    [{ HOME, HF_HUB_CACHE: "", HF_HOME: "" }, "/home/a/.cache/huggingface/hub"],
  ])("for %o is %s, as for Python's client", (environment, path) => {
    expect(hubCache(environment)).toBe(path);
  });
});

describe("hubSettings", () => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "jepa hub "));
    await mkdir(join(home, ".cache", "huggingface"), { recursive: true });
    await writeFile(join(home, ".cache", "huggingface", "token"), "hf_login\n");
    await writeFile(join(home, "broken"), "two\nlines");
  });
  afterAll(() => rm(home, { recursive: true }));

  it("asks huggingface.co with the token of the login", async () => {
    const settings = await hubSettings({ HOME: home });
    expect(settings).toMatchObject({ endpoint: "https://huggingface.co", token: "hf_login", offline: false });
  });

  it("lets variables decide", async () => {
    const HF_ENDPOINT = "http://localhost:8080/hub/";
    const settings = await hubSettings({ HOME: home, HF_ENDPOINT, HF_TOKEN: "hf_mine", HF_HUB_OFFLINE: "true" });
    expect(settings).toMatchObject({ endpoint: "http://localhost:8080/hub", token: "hf_mine", offline: true });
    const nobody = await hubSettings({ HOME: home, HF_HUB_DISABLE_IMPLICIT_TOKEN: "1", HF_HUB_OFFLINE: "0" });
    expect(nobody).toMatchObject({ token: undefined, offline: false });
    expect(await hubSettings({ HOME: home, HF_TOKEN_PATH: join(home, "none") })).toMatchObject({ token: undefined });
  });

  it.each(["hub", "ftp://hub", "https://me:secret@hub", "https://hub?x=1"])(
    "refuses the endpoint %s",
    async (address) => {
      const refused = hubSettings({ HOME: home, HF_ENDPOINT: address });
      await expect(refused).rejects.toThrow("HF_ENDPOINT: expected the address of a hub");
      await expect(refused).rejects.not.toThrow("secret");
    },
  );

  it("refuses a token that cannot be sent, without showing it", async () => {
    const refused = hubSettings({ HOME: home, HF_TOKEN_PATH: join(home, "broken") });
    await expect(refused).rejects.toThrow("received text that cannot be one");
    await expect(refused).rejects.not.toThrow("lines");
  });
});
