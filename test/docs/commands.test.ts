import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import {
  type DocumentedCommand,
  documentedCommands,
  documentedConfigs,
  splitCommand,
} from "../support/documented-commands.js";
import { repositoryFiles, repositoryRoot } from "../support/repository.js";
import { ScratchProject } from "../support/scratch-project.js";

const documents = repositoryFiles("*.md", "docs/**/*.md", "docs/*.md");
const commands = documents.flatMap(documentedCommands);
const scripts: Record<string, string> = JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8")).scripts;

const workspaces = repositoryFiles("core/*/package.json", "plugins/*/package.json").map(
  (file) => JSON.parse(readFileSync(join(repositoryRoot, file), "utf8")).name,
);

describe("documented commands", function () {
  this.timeout(120_000);
  let project: ScratchProject;

  before(async () => {
    project = new ScratchProject();
    await run(project, ["train", "--config", "quickstart", "trainer.maxSteps=4", "trainer.evalEvery=4"]);
  });

  after(() => {
    for (const made of [project, ...ownProjects.values()]) made.dispose();
  });

  it("stand at the top of the README: npm start, npm test", () => {
    const first = documentedCommands("README.md").slice(0, 2);
    expect(first.map((command) => command.text)).to.deep.equal(["npm start", "npm test"]);
  });

  /** What ran in a project: documents show some commands more than once. */
  const done = new Map<ScratchProject, Set<string>>();

  /** Runs a command that did not run in the project yet; a model that is trained is a smaller one. */
  async function run(where: ScratchProject, args: readonly string[]): Promise<void> {
    const before = done.get(where) ?? new Set();
    done.set(where, before);
    if (before.has(args.join("\0"))) return;
    before.add(args.join("\0"));
    const smaller = args[0] === "train" ? ["trainer.microBatch=4", "model.layerCount=1"] : [];
    const words = [...args, ...smaller];
    // Logs for a terminal go to the process's own, past what is kept.
    const { code, stderr } = await (args.includes("--log-stderr") ? where.codex(words) : where.command(words));
    expect(code, stderr).to.equal(0);
  }

  const noConfigs = [{ name: "book.txt", text: "" }];
  const ownProjects = new Map<string, ScratchProject>();

  /**
   * Where a document's commands run: a project with the config that it shows, or with none where they are for a
   * project of the reader's own; else one like the repository.
   */
  function projectOf({ file, section }: DocumentedCommand): ScratchProject {
    const configs = documentedConfigs(file);
    const isForOwn = section === "In a project of your own";
    if (configs.length === 0 && !isForOwn) return project;
    const own = ownProjects.get(file) ?? new ScratchProject(isForOwn ? noConfigs : configs);
    ownProjects.set(file, own);
    copyFileSync(join(own.folder, "README.md"), join(own.folder, "book.txt"));
    return own;
  }

  for (const command of commands) {
    const { file, line, text } = command;
    const [program, ...args] = splitCommand(text);
    const title = `${file}:${line}: ${text}`;
    if (program === "npm" && args[0] === "install") {
      it(title, () => {
        const names = args.slice(1).filter((word) => !word.startsWith("-"));
        expect(workspaces).to.include.members(names);
      });
    } else if (program === "npm") {
      it(title, () => {
        const script = args[0] === "run" ? args.find((word, index) => index > 0 && !word.startsWith("-")) : args[0];
        expect(scripts).to.have.property(script ?? "");
      });
    } else if (program === "npx" && args[0] === "codex") {
      it(title, () => run(projectOf(command), args.slice(1)));
    } else if (program === "npx" && args[0] === "mocha") {
      it(title, () => {
        expect(
          repositoryFiles(...args.slice(1).map((pattern) => `:(glob)${pattern}`)),
          "files of the pattern",
        ).to.not.deep.equal([]);
      });
    } else {
      it(title, () => {
        expect.fail(`No test knows how to run "${program}". Use npm, npx codex or npx mocha.`);
      });
    }
  }
});
