import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "./repository.js";

/** A command that a document shows. */
export interface DocumentedCommand {
  readonly file: string;
  readonly line: number;
  /** The heading above it, without its sharps; empty before the first. */
  readonly section: string;
  readonly text: string;
}

/** Splits a command line at blanks, minding double quotes. */
export function splitCommand(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? "");
}

/** Commands in the `sh` blocks of a document, comments left out. */
export function documentedCommands(file: string): DocumentedCommand[] {
  const commands: DocumentedCommand[] = [];
  let inside = false;
  let section = "";
  for (const [index, line] of readFileSync(join(repositoryRoot, file), "utf8").split("\n").entries()) {
    if (line.startsWith("```")) inside = line.trim() === "```sh" && !inside;
    else if (!inside && line.startsWith("#")) section = line.replace(/^#+ */, "");
    else if (inside) {
      const text = line.replace(/(^|\s)#.*$/, "").trim();
      if (text) commands.push({ file, line: index + 1, section, text });
    }
  }
  return commands;
}

/** Config files that a document shows: `yaml` blocks whose first line is a comment with the file's name. */
export function documentedConfigs(file: string): readonly { readonly name: string; readonly text: string }[] {
  const text = readFileSync(join(repositoryRoot, file), "utf8");
  return [...text.matchAll(/^```yaml\n# (codex\.config\.yaml)\n([^`]*)```$/gm)].map((match) => ({
    name: match[1]!,
    text: match[2]!,
  }));
}
