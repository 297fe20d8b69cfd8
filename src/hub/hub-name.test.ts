import { describe, expect, it } from "vitest";
import { isCommit, isHubSource, parseHubSource } from "./hub-name.ts";

describe("a source on the hub", () => {
  it.each([
    ["hf:facebook/ijepa_vith14_1k", "facebook/ijepa_vith14_1k", "main"],
    ["hf:a/b@v1.0", "a/b", "v1.0"],
    ["hf:a/b@refs/pr/12", "a/b", "refs/pr/12"],
    [`hf:a/b.c-d_e@${"0af".repeat(13)}1`, "a/b.c-d_e", `${"0af".repeat(13)}1`],
  ])("%s names a model and a revision", (source, repository, revision) => {
    expect(parseHubSource(source)).toEqual({ repository, revision });
  });

  it.each([
    ["hf:", "name of a model: expected owner/name"],
    ["hf:gpt2", "name of a model"],
    ["hf:a/b/c", "name of a model"],
    ["hf:../b", "name of a model"],
    ["hf:a/..", "name of a model"],
    ["hf:a/b--c", "name of a model"],
    ["hf:a/b.git", "name of a model"],
    ["hf:a/-b", "name of a model"],
    ["hf:a/b c", "name of a model"],
    ["hf:a/b\\c", "name of a model"],
    [`hf:a/${"b".repeat(97)}`, "name of a model"],
    ["hf:a/b@", "revision: expected a branch"],
    ["hf:a/b@../main", "revision"],
    ["hf:a/b@a..b", "revision"],
    ["hf:a/b@/main", "revision"],
    ["hf:a/b@main/", "revision"],
    ["hf:a/b@.hidden", "revision"],
    ["hf:a/b@x.lock", "revision"],
    ["hf:a/b@a?b", "revision"],
    ["hf:a/b@a@b", "revision"],
    [`hf:a/b@${"c".repeat(201)}`, "revision"],
    ["a/b", "expected hf:owner/name"],
  ])("%s is refused", (source, words) => {
    expect(() => parseHubSource(source)).toThrow(words);
  });

  it("is known by its beginning, and a commit by its form", () => {
    expect(isHubSource("hf:anything at all")).toBe(true);
    expect(isHubSource("./hf:folder")).toBe(false);
    expect([isCommit("a".repeat(40)), isCommit("A".repeat(40)), isCommit("a".repeat(7))]).toEqual([true, false, false]);
  });
});
