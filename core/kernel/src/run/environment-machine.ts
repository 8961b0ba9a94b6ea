import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import type { JsonObject } from "../contracts/json.js";

// Of the many flags of a processor, those that arithmetic is done with.
const arithmetic = /^(sse4_[12]|ssse3|avx.*|fma|f16c|bmi[12]|amx.*|asimd.*|sve.*|sme.*|neon|fphp|i8mm|bf16|fcma)$/;

let machine: Promise<JsonObject> | undefined;

/**
 * Processor with its instruction sets, memory, and graphics processors with their driver, as far as they are known. Asked
 * once a process.
 */
export function readMachine(): Promise<JsonObject> {
  machine ??= askMachine();
  return machine;
}

async function askMachine(): Promise<JsonObject> {
  const processors = cpus();
  const [instructionSets, gpus] = await Promise.all([readInstructionSets(), readGpus()]);
  return {
    cpu: {
      name: processors[0]?.model.trim() ?? "unknown",
      count: processors.length,
      instructionSets: instructionSets ?? "unknown",
    },
    memoryBytes: totalmem(),
    ...(gpus.length > 0 ? { gpu: gpus } : {}),
  };
}

async function readInstructionSets(): Promise<readonly string[] | undefined> {
  if (process.platform === "linux") {
    return arithmeticFlags((await readFile("/proc/cpuinfo", "utf8").catch(() => "")).slice(0, 1 << 16));
  }
  if (process.platform !== "darwin") return undefined;
  const told = await ask("sysctl", "-n", "machdep.cpu.features", "machdep.cpu.leaf7_features");
  return told === undefined ? undefined : arithmeticFlags(`flags: ${told.toLowerCase().replace(/\s+/g, " ")}`);
}

/** The flags of the first processor of a /proc/cpuinfo that arithmetic is done with, sorted. */
export function arithmeticFlags(cpuinfo: string): readonly string[] | undefined {
  const line = /^(?:flags|features)\s*:(.*)$/im.exec(cpuinfo)?.[1];
  return line
    ?.split(/\s+/)
    .filter((flag) => arithmetic.test(flag))
    .sort();
}

async function readGpus(): Promise<readonly JsonObject[]> {
  const told = await ask("nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader,nounits");
  return told === undefined ? [] : parseGpus(told);
}

/** The lines of `nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader,nounits`. */
export function parseGpus(lines: string): readonly JsonObject[] {
  return lines.split("\n").flatMap((line) => {
    const [name, driver, mebibytes] = line.split(",").map((cell) => cell.trim());
    if (!name || !driver) return [];
    const memoryBytes = Number(mebibytes) * (1 << 20);
    return [{ name, driver, ...(Number.isFinite(memoryBytes) ? { memoryBytes } : {}) }];
  });
}

/** What a program answers; undefined when it is not there, fails, or says nothing in two seconds. */
function ask(program: string, ...words: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { timeout: 2000, killSignal: "SIGKILL", maxBuffer: 1 << 20, windowsHide: true } as const;
    execFile(program, [...words], options, (error, output) => resolve(error ? undefined : output));
  });
}
