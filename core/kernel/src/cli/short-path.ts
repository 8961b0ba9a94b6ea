import { isAbsolute, relative } from "node:path";

/** A path as a person would type it: relative where it lies below the working folder. */
export function shortPath(workingFolder: string, path: string): string {
  const short = relative(workingFolder, path);
  return short === "" || short.startsWith("..") || isAbsolute(short) ? path : short;
}
