import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CommandEntry } from "#src/cli/command.js";
import { runCommandLine } from "#src/cli/run-command-line.js";
import { createTemporaryFolder } from "#src/testing/temporary-folder.js";
import { createFakeTerminal } from "../cli/fake-terminal.js";

const modules = fileURLToPath(new URL("../../../../node_modules", import.meta.url));

/** A value of a secret option, and a text that somebody wrote: no captured error may show them. */
export const secret = "hunter22secret";
export const privateText = "Dear diary, it rained";

// Parts of the type `failing` fail in their work with a message that holds both.
const config = `
import { CheckpointPoint, definePlugin, EvaluatorPoint, GeneratorPoint, ModelPoint, TrainerPoint } from "codex-core";
import { createFakeConfig, fakePlugin } from "codex-core/testing";
import { z } from "zod";

const options = z.strictObject({ key: z.string().meta({ writeOnly: true }).default("") });
const fail = ({ key }) => { throw new Error(\`"${privateText}" is no match for \${key}\`); };
const parts = (o) => [
  [CheckpointPoint, { list: () => fail(o), load: () => fail(o), inspect: () => fail(o), verify: () => fail(o), prune: () => fail(o) }],
  [EvaluatorPoint, { evaluate: () => fail(o) }],
  [GeneratorPoint, { generate: () => fail(o) }],
  [ModelPoint, { plan: () => fail(o) }],
  [TrainerPoint, { train: async ({ begin }) => { await begin(); fail(o); } }],
];
const failing = definePlugin({
  name: "codex-plugin-failing",
  register(registrar) {
    for (const [index, [point]] of parts({}).entries()) {
      registrar.provide(point, "failing", { options, create: (_, given) => parts(given)[index][1] });
    }
  },
});
export default { plugins: [fakePlugin, failing], ...createFakeConfig({ run: { outputDir: "runs/a" } }) };
`;

/** A captured error, as errors.ndjson has it. */
export interface CapturedRow {
  readonly code: string;
  readonly step: string;
  readonly command: string;
  readonly runId: string | null;
}

/** A project in a temporary folder whose parts can be told to fail. */
export class FailingProject {
  private constructor(readonly folder: string) {}

  /** With a finished run `a`. */
  static async create(): Promise<FailingProject> {
    const project = new FailingProject(await createTemporaryFolder());
    await writeFile(join(project.folder, "package.json"), "{}");
    await writeFile(join(project.folder, "codex.config.mjs"), config);
    await symlink(modules, join(project.folder, "node_modules"), "junction");
    await mkdir(join(project.folder, "configs"));
    const { code, stderr } = await project.run(["train", "--quiet"]);
    if (code !== 0) throw new Error(`the run that others are made of failed: ${stderr}`);
    return project;
  }

  async run(words: readonly string[], table?: readonly CommandEntry[]) {
    const terminal = createFakeTerminal(this.folder);
    const code = await runCommandLine(words, terminal, table);
    return { code, stdout: terminal.stdout.text, stderr: terminal.stderr.text };
  }

  /** What was captured in a folder of the project's; without rows where nothing was. */
  async captured(folder: string): Promise<{ readonly rows: readonly CapturedRow[]; readonly text: string }> {
    const read = (name: string) => readFile(join(this.folder, folder, name), "utf8").catch(() => "");
    const [lines, questions] = [await read("errors.ndjson"), await read("errors.md")];
    const rows = lines.split("\n").filter(Boolean);
    return { rows: rows.map((row) => JSON.parse(row)), text: `${questions}${lines}` };
  }
}
