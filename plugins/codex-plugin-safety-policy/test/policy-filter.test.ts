import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { type SafetyFilter, SafetyPoint, type SafetyStage } from "codex-core";
import {
  createFromPlugin,
  createTemporaryFolder,
  describeSafetyFilter,
  rejection,
  removeTemporaryFolders,
} from "codex-core/testing";
import plugin from "codex-plugin-safety-policy";

const { signal } = new AbortController();

const open = (project: string, rules: string): Promise<SafetyFilter> =>
  createFromPlugin(plugin, SafetyPoint, "policy", {
    options: { rules },
    context: { folders: { project, cache: project } },
  });

async function filterOf(yaml: string): Promise<SafetyFilter> {
  const project = await createTemporaryFolder();
  await writeFile(join(project, "rules.yaml"), yaml);
  return open(project, "rules.yaml");
}

const shipped = fileURLToPath(new URL("../../../configs/safety/default.yaml", import.meta.url));

const rules = `
version: 1
replacement: "***"
rules:
  - { name: password, literal: hunter2, action: redact }
  - { name: harmless, literal: hunter2 the novel, action: allow }
  - { name: number, regex: '\\b[0-9]{3,5}\\b', stages: [data], action: drop }
  - { name: curse, literal: [damn, heck], wholeWord: true, caseSensitive: false, stages: [prompt, completion], action: refuse }
`;

describeSafetyFilter("policy", () => filterOf(rules), { unwanted: { text: "it is hunter2", stage: "prompt" } });
describeSafetyFilter("policy, shipped rules", () => open("/", shipped), {
  unwanted: { text: "write to ahab@pequod.ship", stage: "completion" },
});

describe("PolicyFilter", () => {
  afterEach(removeTemporaryFolders);

  const verdict = async (text: string, stage: SafetyStage, yaml = rules) =>
    (await (await filterOf(yaml)).inspect([text], stage, signal))[0]!;

  it("points at what it redacts and says by which rule", async () => {
    expect(await verdict("a hunter2 b hunter2", "data")).to.deep.equal({
      action: "redact",
      spans: [
        { start: 2, end: 9, rule: "password" },
        { start: 12, end: 19, rule: "password" },
      ],
      replacement: "***",
      reason: "rule password",
    });
  });

  it("applies a rule at its stages alone", async () => {
    expect((await verdict("in 1851", "data")).action).to.equal("drop");
    expect((await verdict("in 1851", "prompt")).action).to.equal("allow");
    expect((await verdict("Damn!", "data")).action).to.equal("allow");
    expect((await verdict("Damn!", "completion")).action).to.equal("refuse");
  });

  it("takes the severest action of the rules that match", async () => {
    const both = await verdict("hunter2 in 1851", "data");
    expect(both).to.include({ action: "drop", reason: "rules password, number" });
    expect((await verdict("heck, hunter2", "prompt")).action).to.equal("refuse");
  });

  it("exempts what lies wholly inside an allowed stretch", async () => {
    expect((await verdict("hunter2 the novel", "data")).action).to.equal("allow");
    expect((await verdict("hunter2 the novel by hunter2", "data")).spans).to.deep.equal([
      { start: 21, end: 28, rule: "password" },
    ]);
  });

  it("knows its longest match over all rules", async () => {
    expect((await filterOf(rules)).maxMatchLength).to.equal("hunter2 the novel".length);
  });

  it("has a fingerprint of the rules' meaning", async () => {
    const base = (await filterOf(rules)).fingerprint;
    expect((await filterOf(`# a comment\n${rules}`)).fingerprint).to.equal(base);
    expect((await filterOf(rules.replace("hunter2,", "hunter3,"))).fingerprint).not.to.equal(base);
    expect((await filterOf(rules.replace("***", "###"))).fingerprint).not.to.equal(base);
  });

  it("stops when the run stops", async () => {
    const filter = await filterOf(rules);
    const stopped = AbortSignal.abort(new Error("stopped"));
    expect(await filter.inspect(["a"], "data", stopped).catch(String)).to.contain("stopped");
  });

  describe("with the shipped rules", () => {
    for (const [text, stage, action] of [
      ["-----BEGIN RSA PRIVATE KEY-----\nMIIE", "data", "drop"],
      ["-----BEGIN PRIVATE KEY-----", "completion", "refuse"],
      ["key AKIAIOSFODNN7EXAMPLE.", "data", "redact"],
      [`token ghp_${"a1B2".repeat(9)}`, "prompt", "redact"],
      ["mail ishmael.w@mail.pequod.co.uk now", "data", "redact"],
      ["mail ishmael@example.com now", "data", "allow"],
      ["number 078-05-1120", "completion", "redact"],
      ["pay 4111 1111 1111 1111 or 4111-1111-1111-1111", "data", "redact"],
      ["in 1851-1852, page 12345678901234567890, a@b", "data", "allow"],
    ] as const) {
      it(`answers ${JSON.stringify(text.slice(0, 32))} at ${stage} with ${action}`, async () => {
        expect((await (await open("/", shipped)).inspect([text], stage, signal))[0]!.action).to.equal(action);
      });
    }
  });
});

describe("loadPolicy", () => {
  afterEach(removeTemporaryFolders);

  const refusal = (yaml: string) => rejection(() => filterOf(yaml), "CODEX_SAFETY_RULES_INVALID");
  const rule = (body: string) => `version: 1\nrules:\n  - name: a\n${body.replace(/^/gm, "    ")}\n`;

  it("refuses a file that is missing, a folder, too large or not UTF-8", async () => {
    const project = await createTemporaryFolder();
    await writeFile(join(project, "large.yaml"), " ".repeat(2 ** 20 + 1));
    await writeFile(join(project, "binary.yaml"), Uint8Array.of(0xff, 0xfe));
    for (const name of ["none.yaml", ".", "large.yaml", "binary.yaml"]) {
      const error = await rejection(() => open(project, name), "CODEX_SAFETY_RULES_UNREADABLE");
      expect(error.where).to.equal(join(project, name));
    }
  });

  for (const [what, yaml, place, phrase] of [
    ["broken YAML", "version: 1\nrules: [", ":2:", "]"],
    ["a key twice", "version: 1\nversion: 1\n", ":2:1", "unique"],
    ["an unknown key", rule("literal: x\nacton: drop\naction: drop"), ":5:", "unknown key acton"],
    ["an unknown action", rule("literal: x\naction: delete"), ":5:13", "allow"],
    ["no action", rule("literal: x"), ":3:", "action"],
    ["both forms", rule("literal: x\nregex: x\naction: drop"), ":3:", "a literal or a regex"],
    ["neither form", rule("action: drop"), ":3:", "a literal or a regex"],
    ["a regex with wholeWord", rule("regex: x\nwholeWord: true\naction: drop"), ":5:16", "\\b"],
    ["an unbounded expression", rule("regex: 'x+'\naction: drop"), ":4:12", "longest match"],
    ["a broken expression", rule("regex: '('\naction: drop"), ":4:12", "regexp"],
    ["an empty literal", rule("literal: ''\naction: drop"), ":4:14", "literal"],
    ["no stage", rule("literal: x\nstages: []\naction: drop"), ":5:13", "stages"],
    ["no rules", "version: 1\nrules: []\n", ":2:8", "rules"],
    ["another version", "version: 2\nrules: [{ name: a, literal: x, action: drop }]\n", ":1:10", "version"],
    ["an empty file", "", ":1:1", "the file"],
    [
      "a name twice",
      `${rule("literal: x\naction: drop")}  - { name: a, literal: y, action: drop }\n`,
      ":6:13",
      "already",
    ],
    ["a tag", rule("literal: !!js/function x\naction: drop"), ":4:", "tag"],
    [
      "a key that would change objects",
      rule("literal: x\naction: drop\n__proto__: { wholeWord: true }"),
      ":6:",
      "__proto__",
    ],
  ] as const) {
    it(`refuses ${what}, with its place`, async () => {
      const error = await refusal(yaml);
      expect(error.where).to.contain(`rules.yaml${place}`);
      expect(error.what).to.contain(phrase);
    });
  }

  it("tells all that is wrong at once", async () => {
    const yaml = `${rule("regex: 'x+'\naction: drop")}  - { name: b, regex: '(', action: drop }\n`;
    expect((await refusal(yaml)).what)
      .to.contain("line 4")
      .and.contain("line 6");
  });

  it("refuses an alias bomb", async () => {
    const lists = Array.from({ length: 9 }, (_, level) => `l${level + 1}: &l${level + 1} [${`*l${level},`.repeat(9)}]`);
    await refusal(`l0: &l0 [x]\n${lists.join("\n")}\nversion: 1\nrules: []\n`);
  });
});
