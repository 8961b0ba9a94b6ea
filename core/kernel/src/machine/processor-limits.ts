import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What a process may use of the processor, where Linux says so. */
export interface ProcessorLimits {
  /** Numbers of the processors that it may run on. */
  readonly allowed?: ReadonlySet<number>;
  /** Processors' worth of time that its control group may take: 1.5 is one and a half. */
  readonly quota?: number;
}

/** Reads a file, or gives undefined where there is none. */
export type ReadText = (path: string) => string | undefined;

const groupRoot = "/sys/fs/cgroup";

/** The affinity and the smallest quota of the process's control groups, of either version. Quick, and never fails. */
export function readProcessorLimits(read: ReadText = readText): ProcessorLimits {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(read("/proc/self/status") ?? "")?.[1];
  const quotas = groupFolders(read("/proc/self/cgroup") ?? "").map((folder) => quotaOf(folder, read));
  const quota = Math.min(...quotas.filter((each) => each !== undefined));
  return { ...(list && { allowed: numbersOf(list) }), ...(Number.isFinite(quota) && { quota }) };
}

/** Folders of the groups and of those above them; a container may see no more than the root's. */
function groupFolders(groups: string): readonly string[] {
  return groups.split("\n").flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (path === undefined || controllers === undefined) return [];
    const isOfProcessors = controllers === "" || controllers.split(",").includes("cpu");
    return isOfProcessors ? upwards(path).map((each) => join(groupRoot, controllers, each)) : [];
  });
}

const upwards = (path: string): readonly string[] => (path === "/" ? [path] : [path, ...upwards(dirname(path))]);

function quotaOf(folder: string, read: ReadText): number | undefined {
  const [most, of] = read(join(folder, "cpu.max"))?.trim().split(" ") ?? [
    read(join(folder, "cpu.cfs_quota_us")),
    read(join(folder, "cpu.cfs_period_us")),
  ];
  const quota = Number(most) / Number(of);
  return quota > 0 ? quota : undefined;
}

/** `0-2,5` → 0, 1, 2, 5. */
function numbersOf(list: string): ReadonlySet<number> {
  const ranges = list.split(",").map((range) => range.split("-").map(Number) as [number, number?]);
  return new Set(
    ranges.flatMap(([first, last = first]) => Array.from({ length: last - first + 1 }, (_, index) => first + index)),
  );
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
