import { computeTensorflowErrors } from "../errors.js";
import { runTool, type ToolSettings } from "./run-tool.js";

/** What decides whether TensorFlow can be installed. */
export interface Platform {
  readonly system: string;
  readonly architecture: string;
  /** Undefined where there is another C library, as on Alpine. */
  readonly glibc: string | undefined;
}

/** This machine's. */
export function thisPlatform(): Platform {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return { system: process.platform, architecture: process.arch, glibc: header.glibcVersionRuntime };
}

/** @throws CODEX_TENSORFLOW_PLATFORM */
export function checkPlatform({ system, architecture, glibc }: Platform): void {
  if (system === "linux" && architecture === "x64" && glibc) return;
  const library = system === "linux" && !glibc ? " without glibc" : "";
  throw computeTensorflowErrors.CODEX_TENSORFLOW_PLATFORM({
    what: `TensorFlow cannot be installed on ${system} ${architecture}${library}.`,
    where: `${system}/${architecture}`,
  });
}

interface Need {
  readonly what: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly fix: string;
}

/** C++ compilers that will do, the preferred first. */
const compilers = ["g++", "c++", "clang++"];

const needs: readonly Need[] = [
  {
    what: "python3 is not there",
    command: "python3",
    args: ["--version"],
    fix: "Install Python 3, on Debian and Ubuntu: apt-get install python3 python3-pip",
  },
  {
    what: "python3 has no pip",
    command: "python3",
    args: ["-m", "pip", "--version"],
    fix: "Install pip, on Debian and Ubuntu: apt-get install python3-pip",
  },
  {
    what: "npm is not there",
    command: "npm",
    args: ["--version"],
    fix: "Install npm; it comes with Node (https://nodejs.org).",
  },
];

/**
 * Looks for the programs that an installation needs.
 *
 * @returns the C++ compiler's name
 * @throws CODEX_TENSORFLOW_TOOL_MISSING for the first that is not there
 */
export async function checkTools(settings: ToolSettings): Promise<string> {
  for (const { what, command, args, fix } of needs) {
    const { status } = await runTool(command, args, settings);
    if (status !== 0) throw toolMissing(what, command, fix);
  }
  for (const compiler of compilers) {
    const { status } = await runTool(compiler, ["--version"], settings);
    if (status === 0) return compiler;
  }
  const fix = "Install one, on Debian and Ubuntu: apt-get install g++";
  throw toolMissing("A C++ compiler is not there", compilers.join(", "), fix);
}

function toolMissing(what: string, where: string, fix: string): Error {
  return computeTensorflowErrors.CODEX_TENSORFLOW_TOOL_MISSING({ what: `${what}.`, where, fix });
}
