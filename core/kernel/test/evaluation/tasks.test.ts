import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { createTemporaryFolder, rejection, removeTemporaryFolders } from "codex-core/testing";
import { readTask } from "#src/evaluation/tasks/read-task.js";
import { taskItems } from "#src/evaluation/tasks/task-items.js";
import { fillList, fillTemplate, templateProblem } from "#src/evaluation/tasks/template.js";

describe("templates", () => {
  const fields = {
    name: "Ahab",
    age: 58,
    hurt: true,
    crew: ["Queequeg", "Starbuck"],
    ship: { name: "Pequod" },
    $: "x",
  };

  it("take fields, those inside others, and places of lists", () => {
    expect(fillTemplate("{{name}}, {{ age }}, {{hurt}}: {{ship.name}} {{crew.1}} { {x} }", fields)).to.equal(
      "Ahab, 58, true: Pequod Starbuck { {x} }",
    );
    expect(fillTemplate("{{name}}", { name: "$& {{age}}" })).to.equal("$& {{age}}");
  });

  it("take a list's field for the texts in it", () => {
    expect(fillList("{{crew}}", fields)).to.deep.equal(["Queequeg", "Starbuck"]);
    expect(fillList(["{{name}}", "b"], fields)).to.deep.equal(["Ahab", "b"]);
    expect(fillList("{{name}}!", fields)).to.deep.equal(["Ahab!"]);
  });

  it("refuse what is not there, what is no text, and what objects have by nature", () => {
    expect(() => fillTemplate("{{whale}}", fields)).to.throw("no field whale");
    expect(() => fillTemplate("{{ship}}", fields)).to.throw("ship is no text");
    expect(() => fillTemplate("{{constructor}}", fields)).to.throw("no field constructor");
    expect(() => fillTemplate("{{name.length}}", fields)).to.throw("no field name.length");
    expect(templateProblem("{{a}} {{b c}}")).to.include("begins no field");
    expect(templateProblem("{{a}} }} {")).to.equal(undefined);
  });
});

describe("tasks", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await createTemporaryFolder();
  });
  afterEach(removeTemporaryFolders);

  async function write(files: { readonly [name: string]: string }): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
  }

  const place = (name: string, line: number) => `${join(folder, name)}:${line}`;
  const lines = (...rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).join("\n");
  const quiz = 'kind: choices\ndata: quiz.jsonl\nprompt: "{{q}}?"\nchoices: ["{{a}}", "{{b}}"]\n';
  const rows = lines({ q: "one", a: "A", b: "B", right: "B" }, { q: "two", a: "C", b: "D", right: "C" });

  it("put description, shots and prompt before the answers; an item is never its own shot", async () => {
    await write({
      "t/quiz.yaml": `${quiz}answer: "{{right}}"\ndescription: "Answer.\\n"\nshots: { count: 1 }\n`,
      "t/quiz.jsonl": `\uFEFF${rows}\r\n\n`,
    });
    const task = await readTask(join(folder, "t/quiz.yaml"));
    expect(task.name).to.equal("quiz");
    expect(taskItems(task)).to.deep.equal([
      { prompt: "Answer.\ntwo? C\n\none?", answers: ["A", "B"], answer: 1, place: place("t/quiz.jsonl", 1) },
      { prompt: "Answer.\none? B\n\ntwo?", answers: ["C", "D"], answer: 0, place: place("t/quiz.jsonl", 2) },
    ]);
  });

  it("show no item its own answer where the shots' file is the data's", async () => {
    const yaml = (count: number) =>
      `${quiz}answer: "{{right}}"\nlimit: 1\nshots: { count: ${count}, from: ./quiz.jsonl }\n`;
    await write({ "quiz.yaml": yaml(1), "many.yaml": yaml(2), "quiz.jsonl": rows });
    const [item] = taskItems(await readTask(join(folder, "quiz.yaml")));
    expect(item!.prompt).to.equal("two? C\n\none?");
    const error = await rejection(() => readTask(join(folder, "many.yaml")), "CODEX_TASK_INVALID");
    expect(error.message).to.include("1 items for 2 shots");
  });

  it("take shots from another file, the right answer by its place, and so many items", async () => {
    await write({
      "quiz.yaml": `${quiz}answerIndex: "{{n}}"\nlimit: 1\nshots: { count: 2, from: shots.jsonl }\nseparator: "|"\ndelimiter: "_"\n`,
      "quiz.jsonl": lines({ q: "one", a: "A", b: "B", n: 1 }, { q: "two" }),
      "shots.jsonl": lines({ q: "x", a: "X", b: "Y", n: 0 }, { q: "y", a: "V", b: "W", n: 1 }),
    });
    const items = taskItems(await readTask(join(folder, "quiz.yaml")));
    expect(items).to.deep.equal([
      { prompt: "x?_X|y?_W|one?", answers: ["A", "B"], answer: 1, place: place("quiz.jsonl", 1) },
    ]);
  });

  it("have one answer where there is a gap, and references where a text is written", async () => {
    await write({
      "gap.yaml": 'kind: cloze\ndata: quiz.jsonl\nprompt: "{{q}} is"\nanswer: "{{right}}"\n',
      "open.yaml": 'kind: generate\ndata: open.jsonl\nprompt: "{{q}}"\nreferences: "{{all}}"\nshots: { count: 1 }\n',
      "quiz.jsonl": rows,
      "open.jsonl": lines({ q: "one", all: ["1", "I"] }, { q: "two", all: ["2"] }),
    });
    const [gap] = taskItems(await readTask(join(folder, "gap.yaml")));
    expect(gap).to.deep.equal({ prompt: "one is", answers: ["B"], answer: 0, place: place("quiz.jsonl", 1) });
    const [, open] = taskItems(await readTask(join(folder, "open.yaml")));
    expect(open).to.deep.equal({ prompt: "one 1\n\ntwo", answers: ["2"], answer: 0, place: place("open.jsonl", 2) });
  });

  for (const [what, yaml, phrase, where] of [
    [
      "a kind that there is not",
      "kind: essay\n",
      '"essay" is no kind: there are choices, cloze, generate.',
      "1:1 → kind",
    ],
    ["a kind that is misspelt", "\nkind: chices\n", "generate (did you mean choices?)", "2:1 → kind"],
    ["a key that is misspelt", `${quiz}answer: "{{right}}"\nlimti: 1\n`, "limti (did you mean limit?)", "6:1 → limti"],
    [
      "a key of shots",
      `${quiz}answer: "{{right}}"\nshots: { count: 1, frm: x }\n`,
      "frm (did you mean from?)",
      "6:20 → shots.frm",
    ],
    [
      "both ways to name the right answer",
      `${quiz}answer: x\nanswerIndex: "0"\n`,
      "either answer or answerIndex",
      "1:1",
    ],
    ["a place that is none", `${quiz}answer: "{{right"\n`, "answer: has {{ that begins no field", "5:1 → answer"],
    [
      "more shots than items",
      `${quiz}answer: "{{right}}"\nshots: { count: 2 }\n`,
      "1 items for 2 shots",
      "6:10 → shots.count",
    ],
    ["several mistakes", "kind: cloze\ndata: 3\nanswer: x\n", "(line 2); prompt is missing (line 1)", "2:1 → data"],
    ["no YAML", "kind: [", "quiz.yaml is no YAML: Flow sequence", "1:8"],
    ["no YAML at several places", "kind: x\nkind: y\ndata: z\ndata: z\n", "  line 4: ", "2:1"],
  ] as const) {
    it(`refuse ${what}, at its place`, async () => {
      await write({ "quiz.yaml": yaml, "quiz.jsonl": rows });
      const error = await rejection(() => readTask(join(folder, "quiz.yaml")), "CODEX_TASK_INVALID");
      expect(error.what).to.include(phrase);
      expect(error.where).to.equal(`${join(folder, "quiz.yaml")}:${where}`);
      expect(error.why).to.include("A task is a YAML file");
    });
  }

  it("refuse a file whose name would be no metric's", async () => {
    await write({ "a b.yaml": quiz });
    await rejection(() => readTask(join(folder, "a b.yaml")), "CODEX_TASK_INVALID");
  });

  it("say which file is not there, and where it is asked for", async () => {
    const answered = `${quiz}answer: x\n`;
    await write({
      "quiz.yaml": answered,
      "shown.yaml": `${answered}shots: { count: 1, from: none.jsonl }\n`,
      "d/x": "",
    });
    for (const [name, missing, where] of [
      ["none.yaml", "There is no file", "none.yaml"],
      ["d", "cannot be read", "d"],
      ["quiz.yaml", `There is no file ${join(folder, "quiz.jsonl")}.`, "quiz.yaml:2:1 → data"],
    ] as const) {
      const error = await rejection(() => readTask(join(folder, name)), "CODEX_TASK_UNREADABLE");
      expect(error.what).to.include(missing);
      expect(error.where).to.equal(join(folder, where));
    }
    await write({ "quiz.jsonl": rows });
    const error = await rejection(() => readTask(join(folder, "shown.yaml")), "CODEX_TASK_UNREADABLE");
    expect(error.where).to.include("shown.yaml:6:20 → shots.from");
  });

  for (const [what, data, phrase] of [
    ["a line that is no object", `${rows}\n[1]`, "no JSON object"],
    ["an answer that is no choice", lines({ q: "q", a: "A", b: "B", right: "E" }), 'answer "E" is none'],
    ["an item without a field", lines({ q: "q", a: "A", right: "A" }), "no field b"],
  ] as const) {
    it(`name the line of ${what}`, async () => {
      await write({ "quiz.yaml": `${quiz}answer: "{{right}}"\n`, "quiz.jsonl": data });
      const read = async () => taskItems(await readTask(join(folder, "quiz.yaml")));
      const error = await rejection(read, "CODEX_TASK_DATA");
      expect(error.what).to.include(phrase);
      expect(error.where).to.equal(`${join(folder, "quiz.jsonl")}:${what.startsWith("a line") ? 3 : 1}`);
    });
  }

  it("refuse a place that is no choice's", async () => {
    await write({
      "quiz.yaml": `${quiz}answerIndex: "{{n}}"\n`,
      "quiz.jsonl": lines({ q: "q", a: "A", b: "B", n: 2 }),
    });
    const error = await rejection(async () => taskItems(await readTask(join(folder, "quiz.yaml"))), "CODEX_TASK_DATA");
    expect(error.what).to.include('answerIndex is "2", and there are 2 choices');
  });
});
