import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A part of an installation that is done as a whole or not at all. */
export interface Stage {
  readonly name: string;
  /** What is told while it runs. */
  readonly title: string;
  /** Files that it makes, relative to the installation's folder. */
  readonly makes: readonly string[];
  run(): Promise<void>;
}

/**
 * Runs the stages whose results are not whole: a stage is whole when it ended, and the files that it made still have
 * the sizes they had. From the first that runs on, all run, as each builds on those before.
 *
 * @returns the names of the stages that ran
 */
export async function runStages(
  folder: string,
  stages: readonly Stage[],
  report: (text: string) => void,
): Promise<string[]> {
  const ran: string[] = [];
  for (const stage of stages) {
    if (ran.length === 0 && isWhole(folder, stage)) continue;
    report(stage.title);
    await stage.run();
    const sizes = Object.fromEntries(stage.makes.map((file) => [file, sizeOf(join(folder, file))]));
    writeWhole(noteOf(folder, stage), JSON.stringify(sizes));
    ran.push(stage.name);
  }
  return ran;
}

/** Writes a file that is there with all its content, or not at all. */
export function writeWhole(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.part`, content);
  renameSync(`${file}.part`, file);
}

function isWhole(folder: string, stage: Stage): boolean {
  try {
    const sizes: { [file: string]: number } = JSON.parse(readFileSync(noteOf(folder, stage), "utf8"));
    return stage.makes.every((file) => sizes[file] !== undefined && sizes[file] === sizeOf(join(folder, file)));
  } catch {
    return false;
  }
}

function noteOf(folder: string, { name }: Stage): string {
  return join(folder, "stages", `${name}.json`);
}

function sizeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.size;
}
