import { readFile } from "node:fs/promises";
import { listPresets, presetFolders } from "../../config/presets.js";
import { shownPath } from "../../config/read-config-file.js";
import { renderTable } from "../../text/text-table.js";
import type { CommandContext } from "../command.js";
import { openCatalogue } from "./open-config.js";

/** A preset or group, as `codex config list --json` gives it. */
export interface ListedPreset {
  readonly name: string;
  /** `project`, or the package that ships it. */
  readonly from: string;
  /** From the project's folder, or absolute when outside. */
  readonly file: string;
  /** What its first comment says. */
  readonly about: string;
}

/** Lists what `--config` and `defaults` can name: the project's own, and what packages ship beside it. */
export async function showPresets(context: CommandContext): Promise<void> {
  const { projectFolder, catalogue } = await openCatalogue(context);
  const found = await listPresets(presetFolders(projectFolder, catalogue));
  const presets = await Promise.all(
    found.map(async ({ name, file, packageName = "project" }): Promise<ListedPreset> => {
      return { name, from: packageName, file: shownPath(projectFolder, file), about: await aboutOf(file, name) };
    }),
  );
  context.answer({ presets }, () => {
    if (presets.length === 0) return "No presets: there are none in configs/, and no installed package ships any.\n";
    const whole = presets.filter(({ name }) => !name.includes("/"));
    const groups = presets.filter(({ name }) => name.includes("/"));
    const sections = [
      ...(whole.length === 0 ? [] : [tableOf("preset", whole)]),
      ...(groups.length === 0 ? [] : [tableOf("group", groups)]),
    ];
    return sections.join("\n");
  });
}

function tableOf(title: string, presets: readonly ListedPreset[]): string {
  return renderTable([
    [title, "from", "about"],
    ...presets.map(({ name, from, file, about }) => [name, from === "project" ? file : from, about]),
  ]);
}

/** The first comment that is not for editors, without the name that it may begin with. */
async function aboutOf(file: string, name: string): Promise<string> {
  const text = await readFile(file, "utf8").catch(() => "");
  const [, comment = ""] = /^(?:# yaml-language-server:.*\r?\n)?# ?(.*)/.exec(text) ?? [];
  const opening = `${name.replace(/^model\//, "model ")}: `;
  return comment.startsWith(opening) ? comment.slice(opening.length) : comment;
}
