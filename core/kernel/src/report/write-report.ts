import { join } from "node:path";
import { writeFileWhole } from "../run/write-file.js";
import { renderReport } from "./render-report.js";
import { readRunRecords } from "./run-records.js";

/** The name of the report in a run's folder. */
export const reportName = "report.html";

/** Writes the report of a run, into its folder where no file is named, and gives the file's path. */
export async function writeReport(folder: string, file = join(folder, reportName)): Promise<string> {
  const records = await readRunRecords(folder);
  if (!records) throw new Error(`${folder} is no run's folder.`);
  await writeFileWhole(file, renderReport(records));
  return file;
}
